namespace SshMux.Benchmarks.Lab;

/// <summary>A thread for work that blocks, so that none of .NET's pool is waiting, or looking for work, beside it.</summary>
internal static class OwnThread
{
    public static void Start(Action work) => new Thread(() => work()) { IsBackground = true }.Start();

    /// <summary>The task ends with the work; what it throws is the task's.</summary>
    public static Task RunAsync(Action work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The task has the work's result; what it throws is the task's.</summary>
    public static Task<T> RunAsync<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
