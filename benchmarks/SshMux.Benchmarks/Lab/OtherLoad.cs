using System.Diagnostics;

namespace SshMux.Benchmarks.Lab;

/// <summary>Watches how much of the processors goes to programs that this run did not start.</summary>
internal sealed class OtherLoad
{
    private readonly (double All, double Ours) _start = ProcessFigures.Ticks(Environment.ProcessId);
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public static OtherLoad Start() => new();

    /// <summary>The others' part of all processors' time since the start: 0 to 1.</summary>
    public double Share()
    {
        var (all, ours) = ProcessFigures.Ticks(Environment.ProcessId);
        var others = all - _start.All - (ours - _start.Ours);
        var available = _clock.Elapsed.TotalSeconds * 100 * Environment.ProcessorCount;

        // Some ticks are always counted before they are charged to a process.
        return Math.Max(0, others - 4) / available;
    }
}
