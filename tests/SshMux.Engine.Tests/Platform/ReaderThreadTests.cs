using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Tests.Platform;

public sealed class ReaderThreadTests
{
    private const string Name = "sshmux reader";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Work_runs_while_what_came_before_it_blocks()
    {
        using var release = new ManualResetEventSlim();
        var before = Enumerable.Range(0, 2).Select(_ => RunAsync(() => release.Wait(Limit))).ToArray();
        await RunAsync(() => true);
        Assert.DoesNotContain(before, task => task.IsCompleted);
        release.Set();
        Assert.All(await Task.WhenAll(before), Assert.True);
    }

    [Fact]
    public async Task A_reader_leaves_nothing_to_the_next()
    {
        var local = new AsyncLocal<string>();

        // The first leaves its mark; the next that finds itself on the same thread must not see it.
        var marked = await OnTheThreadAsync(() =>
        {
            local.Value = "mine";
            SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
            return true;
        });
        Assert.True(marked);
        var found = await OnTheThreadAsync(() => local.Value is null && SynchronizationContext.Current is null);
        Assert.True(found);
    }

    /// <summary>The thread belongs to all tests, and takes nothing while it is busy.</summary>
    private static async Task<bool> OnTheThreadAsync(Func<bool> function)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            var result = await RunAsync(() => Thread.CurrentThread.Name == Name ? function() : (bool?)null);
            if (result is { } value) return value;
            await Task.Delay(1, limit.Token);
        }
    }

    private static Task<T> RunAsync<T>(Func<T> function)
    {
        var work = new Work<T>(function);
        ReaderThread.Queue(work);
        return work.Done.WaitAsync(Limit);
    }

    private sealed class Work<T>(Func<T> function) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Done => _done.Task;

        public void Execute() => _done.SetResult(function());
    }
}
