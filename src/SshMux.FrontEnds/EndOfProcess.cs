using System.Runtime.InteropServices;

namespace SshMux.FrontEnds;

/// <summary>
/// Leaves a usable terminal behind however the process ends: by itself, by an exception that nobody handles, or by a
/// signal, which is not cancelled, so the process ends as it would without us.
/// </summary>
public sealed class EndOfProcess : IDisposable
{
    private readonly Action _restore;
    private readonly PosixSignalRegistration[] _signals;

    /// <summary>From now on the end calls <paramref name="restore"/>, perhaps more than once.</summary>
    /// <param name="restore">What to do, on any thread.</param>
    /// <param name="signals">
    /// What counts as the end beside the end itself: SIGINT, SIGQUIT, SIGTERM and SIGHUP are on Windows Ctrl-C, Ctrl-Break,
    /// the end of the session, and that the console is closed.
    /// </param>
    public EndOfProcess(Action restore, params ReadOnlySpan<PosixSignal> signals)
    {
        _restore = restore;
        AppDomain.CurrentDomain.ProcessExit += OnEnd;
        AppDomain.CurrentDomain.UnhandledException += OnEnd;
        _signals = new PosixSignalRegistration[signals.Length];
        for (var i = 0; i < _signals.Length; i++)
        {
            _signals[i] = PosixSignalRegistration.Create(signals[i], _ => restore());
        }
    }

    /// <summary>The end calls nothing any more.</summary>
    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= OnEnd;
        AppDomain.CurrentDomain.UnhandledException -= OnEnd;
    }

    private void OnEnd(object? sender, EventArgs e) => _restore();
}
