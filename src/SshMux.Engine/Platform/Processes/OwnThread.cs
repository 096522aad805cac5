namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// Long computations on a thread of their own: the readiness thread serves all connections, and the thread pool of a
/// small machine may have no second thread for what is to happen meanwhile.
/// </summary>
internal static class OwnThread
{
    /// <summary>Computes; who waits goes on elsewhere.</summary>
    public static Task<T> RunAsync<T>(
        Func<T> compute, CancellationToken cancellationToken = default) => Task.Factory.StartNew(
        compute,
        cancellationToken,
        TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach
            | TaskCreationOptions.RunContinuationsAsynchronously,
        TaskScheduler.Default);
}
