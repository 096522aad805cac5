using System.Diagnostics;
using System.Globalization;

namespace SshMux.Engine.Tests.Fuzz;

/// <summary>
/// Whatever bytes come, every reader of what others wrote gives a result or an <see cref="SshException"/>, in bounded
/// time and memory. A short run each time, from a fixed seed; SSHMUX_FUZZ_SECONDS asks for so many seconds for each
/// reader, from another seed each time (SSHMUX_FUZZ_SEED repeats one).
/// </summary>
public sealed partial class FuzzTests
{
    private const int ShortRuns = 1000;

    /// <summary>For one input, on a busy machine; a loop without end is what this is to find.</summary>
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(1.5);

    public static TheoryData<string> Readers => [.. Targets.Keys];

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task Nothing_but_clear_errors_in_bounded_time_and_memory(string reader)
    {
        var seconds = Variable("SSHMUX_FUZZ_SECONDS");
        var seed = Variable("SSHMUX_FUZZ_SEED") ?? (seconds is null ? 1 : Random.Shared.Next());
        var limit = seconds is { } time ? TimeSpan.FromSeconds(time) : ShortTime;
        var run = Targets[reader]();
        var clock = Stopwatch.StartNew();
        var count = 0;
        for (; clock.Elapsed < limit && (seconds is not null || count < ShortRuns); count++)
        {
            var mutator = new Mutator(unchecked(seed + count));
            var input = run.Make(mutator);
            try
            {
                await RunAsync(run, input);
            }
            catch (Exception e)
            {
                var shown = Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 4096)));
                Assert.Fail($"{reader}, SSHMUX_FUZZ_SEED={seed + count}, {input.Length} bytes {shown}: {e}");
            }
        }

        Assert.NotEqual(0, count);
        TestContext.Current.TestOutputHelper?.WriteLine($"{reader}: {count} inputs in {clock.Elapsed}, seed {seed}");
    }

    private static async Task RunAsync(Target target, byte[] input)
    {
        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var work = target.RunAsync(input);
        var wasHere = work.IsCompleted;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        await work.WaitAsync(2 * MaxTime);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, MaxTime);
        if (wasHere) Assert.InRange(allocated, 0, target.Memory + (500L * input.Length));
    }

    private static int? Variable(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    /// <summary>How to make an input, what to do with it; Memory is what it may allocate beside its length.</summary>
    internal sealed record Target(Func<Mutator, byte[]> Make, Func<byte[], Task> RunAsync, long Memory = 2 << 20);
}
