using System.Runtime.InteropServices;
using SshMux.Engine;
using SshMux.Engine.Platform.Terminals;
using SshMux.FrontEnds;

namespace SshMux.PowerShell.Terminals;

/// <summary>
/// PowerShell's terminal, lent to a remote program as to a program that PowerShell starts itself, and taken back in a
/// usable state whatever happens: an error, a stop, the end of this process by a signal.
/// </summary>
internal sealed class LocalTerminal : IDisposable
{
    private const int StandardOutput = 1;

    private static int _isLent;

    private readonly string _term = Terminal.Kind;
    private readonly IDisposable? _placeholder;
    private readonly EndOfProcess _end;
    private TerminalGuard? _guard;
    private int _isRestored;

    private LocalTerminal()
    {
        _placeholder = TerminalPlaceholder.Start();
        _ = Terminal.Write(StandardOutput, TerminalReset.Before(_term));
        _end = new EndOfProcess(Restore, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT);
    }

    /// <summary>Takes the terminal from PowerShell, with the modes that a program would find.</summary>
    /// <exception cref="SshException">Another session of this process has it.</exception>
    public static LocalTerminal Borrow()
    {
        if (Interlocked.Exchange(ref _isLent, 1) != 0)
        {
            throw new SshException(SshError.NotSupported, "another Enter-SshMux of this process has the terminal");
        }

        try
        {
            return new LocalTerminal();
        }
        catch
        {
            Volatile.Write(ref _isLent, 0);
            throw;
        }
    }

    /// <summary>Every key goes through as it is from now on.</summary>
    /// <param name="onResize">Is called when the terminal's size has changed, on any thread.</param>
    public void GoRaw(Action onResize) => _guard = TerminalGuard.Enter(onResize);

    /// <summary>
    /// What was typed and not sent was meant for the remote program and not for PowerShell; and the cursor may be in the
    /// middle of a line.
    /// </summary>
    public void LeaveAbruptly()
    {
        Terminal.DiscardInput(0);
        Restore();
        _ = Terminal.Write(StandardOutput, "\r\n");
    }

    /// <summary>Gives the terminal back to PowerShell.</summary>
    public void Dispose()
    {
        Restore();
        _end.Dispose();
        _placeholder?.Dispose();
        Volatile.Write(ref _isLent, 0);
    }

    private void Restore()
    {
        if (Interlocked.Exchange(ref _isRestored, 1) != 0) return;
        _guard?.Dispose();
        _ = Terminal.Write(StandardOutput, TerminalReset.After(_term));
    }
}
