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

    private TerminalGuard(Messages messages, Action onResize)
    {
        _messages = messages;
        _mode = Terminal.EnterRawMode(StandardInput);
        messages.RawTerminal = _mode is not null;
        _registrations = OperatingSystem.IsWindows() ? [] :
        [
            PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => onResize()),
            PosixSignalRegistration.Create(PosixSignal.SIGTSTP, _ => _mode?.Suspend()),
            PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => _mode?.Reapply()),
        ];

        // A crash must leave a usable terminal, too.
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnExit;
    }

    /// <summary>Goes raw; <paramref name="onResize"/> is called when the terminal's size has changed.</summary>
    public static TerminalGuard Enter(Messages messages, Action onResize) => new(messages, onResize);

    /// <summary>Restores the terminal.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnExit;
        LeaveRawMode();
    }

    /// <summary>Restores the terminal's mode, because the server gave no remote terminal.</summary>
    public void LeaveRawMode()
    {
        _mode?.Dispose();
        _messages.RawTerminal = false;
    }

    private void OnExit(object? sender, EventArgs e) => _mode?.Dispose();
}
