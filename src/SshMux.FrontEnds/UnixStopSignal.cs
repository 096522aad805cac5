using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Mono.Unix.Native;

namespace SshMux.FrontEnds;

/// <summary>
/// Lets SIGTSTP (Ctrl-Z) stop the process, with something to do before and after. With a handler of .NET's alone the
/// process is never stopped. Several may be there at once; the newest one's say is the last.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixStopSignal : IDisposable
{
    private static readonly Lock Gate = new();
    private static readonly List<UnixStopSignal> All = [];
    private static PosixSignalRegistration? _stop;
    private static PosixSignalRegistration? _continuation;

    private readonly Action _before;
    private readonly Action _after;

    /// <summary>
    /// From now on a stop calls <paramref name="before"/> first and <paramref name="after"/>, once or twice, when the
    /// process has been continued.
    /// </summary>
    public UnixStopSignal(Action before, Action after)
    {
        _before = before;
        _after = after;
        lock (Gate)
        {
            All.Add(this);
            if (All.Count > 1) return;
            _stop = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, OnStop);
            _continuation = PosixSignalRegistration.Create(PosixSignal.SIGCONT, OnContinue);
        }
    }

    /// <summary>
    /// Stops the process; returns when it has been continued, or at once if the system does not stop it (because no
    /// shell is there that could continue it).
    /// </summary>
    public static void Stop()
    {
        lock (Gate)
        {
            _stop?.Dispose();
            for (var i = All.Count - 1; i >= 0; i--) All[i]._before();

            // To this thread, which has it before the call returns.
            _ = Stdlib.raise(Signum.SIGTSTP);
            foreach (var one in All) one._after();
            if (All.Count > 0) _stop = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, OnStop);
        }
    }

    /// <summary>Gives the signal back to the system, if this was the last one.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (!All.Remove(this) || All.Count > 0) return;
            _stop?.Dispose();
            _continuation?.Dispose();
        }
    }

    private static void OnStop(PosixSignalContext context)
    {
        context.Cancel = true;

        // Not here: a handler must not remove itself.
        ThreadPool.UnsafeQueueUserWorkItem(static _ => Stop(), null);
    }

    /// <summary>
    /// A stop by SIGSTOP gives no notice before. Cancelled, because .NET, once it has started a program, would set the
    /// terminal's mode of its own start now, after us.
    /// </summary>
    private static void OnContinue(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (Gate)
        {
            foreach (var one in All) one._after();
        }
    }
}
