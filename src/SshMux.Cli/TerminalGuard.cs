using System.Runtime.InteropServices;
using SshMux.Engine.Platform;

namespace SshMux.Cli;

/// <summary>
/// The local terminal while a remote one stands for it: raw mode, restored whatever happens, and news of its size.
/// </summary>
internal sealed class TerminalGuard : IDisposable
{
    private const int StandardInput = 0;

    private readonly Messages _messages;
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TerminalMode? _mode;
    private readonly Action _onResize;
    private readonly StopSignal _stop;

    private TerminalGuard(Messages messages, Action onResize)
    {
        _messages = messages;
        _onResize = onResize;
        _mode = Terminal.EnterRawMode(StandardInput);
        messages.RawTerminal = _mode is not null;
        _registrations = OperatingSystem.IsWindows() ? [] :
        [
            PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => onResize()),
        ];

        _stop = new StopSignal(() => _mode?.Suspend(), OnContinued);

        // A crash must leave a usable terminal, too.
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnExit;
    }

    /// <summary>Goes raw; <paramref name="onResize"/> is called when the terminal's size has changed.</summary>
    public static TerminalGuard Enter(Messages messages, Action onResize) => new(messages, onResize);

    /// <summary>Restores the terminal.</summary>
    public void Dispose()
    {
        _stop.Dispose();
        foreach (var registration in _registrations) registration.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnExit;
        LeaveRawMode();
    }

    /// <summary>Gives the terminal the mode from before for a while; <see cref="Resume"/> ends it.</summary>
    public void Pause()
    {
        _mode?.Suspend();
        _messages.RawTerminal = false;
    }

    /// <summary>Goes raw again.</summary>
    public void Resume()
    {
        _mode?.Reapply();
        _messages.RawTerminal = _mode is not null;
    }

    /// <summary>Restores the terminal's mode, because the server gave no remote terminal.</summary>
    public void LeaveRawMode()
    {
        _mode?.Dispose();
        _messages.RawTerminal = false;
    }

    private void OnContinued()
    {
        _mode?.Reapply();

        // Of changes during a stop there is no signal.
        _onResize();
    }

    private void OnExit(object? sender, EventArgs e) => _mode?.Dispose();
}
