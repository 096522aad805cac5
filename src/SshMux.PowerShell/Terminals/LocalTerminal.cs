using System.ComponentModel;
using System.Diagnostics;
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

    private readonly string? _term = Environment.GetEnvironmentVariable("TERM");
    private readonly Process? _placeholder;
    private readonly EndOfProcess _end;
    private TerminalGuard? _guard;
    private int _isRestored;

    private LocalTerminal()
    {
        _placeholder = StartPlaceholder();
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
        EndPlaceholder();
        Volatile.Write(ref _isLent, 0);
    }

    /// <summary>
    /// A child that has the terminal. .NET sets the modes of its own start for it, and those of the console again when it
    /// has ended, and forgets what it knows of the cursor; in between it leaves the terminal alone, even if other children
    /// come and go.
    /// </summary>
    private static Process? StartPlaceholder()
    {
        try
        {
            var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add("read -r _");
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            // Without a shell the remote terminal begins in whatever mode the console has left ours.
            return null;
        }
    }

    private void EndPlaceholder()
    {
        if (_placeholder is null) return;
        try
        {
            _placeholder.StandardInput.Close();
        }
        catch (IOException)
        {
            // It was killed.
        }

        _placeholder.WaitForExit();
        _placeholder.Dispose();
    }

    private void Restore()
    {
        if (Interlocked.Exchange(ref _isRestored, 1) != 0) return;
        _guard?.Dispose();
        _ = Terminal.Write(StandardOutput, TerminalReset.After(_term));
    }
}
