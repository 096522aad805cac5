using SshMux.Engine;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.FrontEnds;

/// <summary>
/// The terminal of this process while a remote one stands for it: raw mode, restored whatever happens, and news of its
/// size.
/// </summary>
public sealed class TerminalGuard : IDisposable
{
    private const int StandardInput = 0;

    private readonly IDisposable? _resized;
    private readonly TerminalMode? _mode;
    private readonly Action _onResize;
    private readonly Action<bool>? _onModeChanged;
    private readonly StopSignal _stop;
    private readonly EndOfProcess _end;

    private TerminalGuard(Action onResize, Action<bool>? onModeChanged)
    {
        _onResize = onResize;
        _onModeChanged = onModeChanged;
        _mode = Terminal.EnterRawMode(StandardInput);
        onModeChanged?.Invoke(_mode is not null);
        _resized = Terminal.WatchSize(onResize);
        _stop = new StopSignal(() => _mode?.Suspend(), OnContinued);
        _end = new EndOfProcess(() => _mode?.Dispose());
    }

    /// <summary>Goes raw, if standard input is a terminal.</summary>
    /// <param name="onResize">
    /// Is called when the terminal's size has changed, on any thread; on Windows who reads the console learns it there.
    /// </param>
    /// <param name="onModeChanged">Is told whether the terminal is raw, now and at each change.</param>
    /// <exception cref="SshException">The terminal refuses.</exception>
    public static TerminalGuard Enter(Action onResize, Action<bool>? onModeChanged = null) =>
        new(onResize, onModeChanged);

    /// <summary>Restores the terminal.</summary>
    public void Dispose()
    {
        _stop.Dispose();
        _resized?.Dispose();
        _end.Dispose();
        LeaveRawMode();
    }

    /// <summary>Gives the terminal the mode from before for a while; <see cref="Resume"/> ends it.</summary>
    public void Pause()
    {
        _mode?.Suspend();
        _onModeChanged?.Invoke(false);
    }

    /// <summary>Goes raw again.</summary>
    public void Resume()
    {
        _mode?.Reapply();
        _onModeChanged?.Invoke(_mode is not null);
    }

    /// <summary>Restores the terminal's mode for good, because the server gave no remote terminal.</summary>
    public void LeaveRawMode()
    {
        _mode?.Dispose();
        _onModeChanged?.Invoke(false);
    }

    private void OnContinued()
    {
        _mode?.Reapply();

        // Of changes during a stop there is no signal.
        _onResize();
    }
}
