using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.FrontEnds;

/// <summary>
/// Lets SIGTSTP (Ctrl-Z) stop the process, with something to do before and after. With a handler of .NET's alone the
/// process is never stopped. Several may be there at once; the newest one's say is the last.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixStopSignal : IDisposable
{
    private const int StandardInput = 0;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
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

    /// <summary>Whether a shell can continue this process after <see cref="StopAsync"/>.</summary>
    public static bool IsPossible => Terminal.IsJob(StandardInput);

    /// <summary>
    /// Stops the process; completes when it has been continued and may use the terminal, or at once if the system does not
    /// stop it (because no shell is there that could continue it).
    /// </summary>
    public static Task StopAsync()
    {
        lock (Gate)
        {
            _stop?.Dispose();
            for (var i = All.Count - 1; i >= 0; i--) All[i]._before();

            // To this thread, which has it before the call returns.
            _ = Stdlib.raise(Signum.SIGTSTP);
            if (All.Count > 0) _stop = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, OnStop);
        }

        return GoOnAsync();
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
        ThreadPool.UnsafeQueueUserWorkItem(static _ => _ = StopAsync(), null);
    }

    /// <summary>
    /// A stop by SIGSTOP gives no notice before. Cancelled, because .NET, once it has started a program, would set the
    /// terminal's mode of its own start now, after us.
    /// </summary>
    private static void OnContinue(PosixSignalContext context)
    {
        context.Cancel = true;
        _ = GoOnAsync();
    }

    /// <summary>
    /// A shell's bg continues the process without its terminal, which must not be touched before fg: the system would stop
    /// the process again, and of fg there need be no signal.
    /// </summary>
    private static async Task GoOnAsync()
    {
        while (!Terminal.IsForeground(StandardInput)) await Task.Delay(LookAgain).ConfigureAwait(false);
        lock (Gate)
        {
            foreach (var one in All) one._after();
        }
    }
}
