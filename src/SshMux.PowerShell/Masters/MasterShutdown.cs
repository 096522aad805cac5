using System.Runtime.InteropServices;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Masters;

/// <summary>Ends this process's masters before the process ends, so that no control socket stays behind.</summary>
internal static class MasterShutdown
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);
    private static readonly Lock Gate = new();
    private static readonly Lock Stopping = new();
    private static readonly List<PosixSignalRegistration> Signals = [];

    /// <summary>
    /// Prepares for the end of the process: exit, SIGTERM, SIGHUP from a terminal that was closed, or an exception that
    /// nobody caught.
    /// </summary>
    public static void Prepare()
    {
        lock (Gate)
        {
            if (Signals.Count > 0) return;
            AppDomain.CurrentDomain.ProcessExit += (_, _) => StopAll();

            // pwsh reads its next key from a terminal that was closed, and dies of the error before SIGHUP's handler is
            // done, if not started.
            AppDomain.CurrentDomain.UnhandledException += (_, _) => StopAll();

            // Without a handler these end the process at once. With it they do so when the handler has returned.
            Signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => StopAll()));
            Signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => StopAll()));
        }
    }

    /// <summary>Ends masters, and waits for it, but not for ever.</summary>
    public static void Stop(IReadOnlyList<Master> masters)
    {
        if (masters.Count == 0) return;

        // Each for itself: one that fails to stop is no reason for the others to stay.
        var stopping = Task.WhenAll(masters.Select(async master =>
            await master.StopAsync(graceful: false, CancellationToken.None).ConfigureAwait(false)));
        ((IAsyncResult)stopping).AsyncWaitHandle.WaitOne(TimeLimit);
    }

    private static void StopAll()
    {
        // Who comes second (a closed terminal sends SIGHUP twice) ends the process when this returns, and must wait for
        // the first.
        lock (Stopping) Stop(MasterRegistry.TakeFrom(null));
    }
}
