using System.Runtime.InteropServices;

namespace SshMux.Engine.Platform;

/// <summary>
/// Lets SIGTSTP (Ctrl-Z) stop the process, with something to do before and after. With a handler of .NET's alone the
/// process is never stopped.
/// </summary>
public sealed class StopSignal : IDisposable
{
    private const int TerminalStop = 20; // SIGTSTP

    private readonly Lock _lock = new();
    private readonly Action _before;
    private readonly Action _after;
    private PosixSignalRegistration? _registration;
    private bool _disposed;

    /// <summary>
    /// From now on a stop calls <paramref name="before"/> first and <paramref name="after"/> when the process has been
    /// continued.
    /// </summary>
    public StopSignal(Action before, Action after)
    {
        _before = before;
        _after = after;
        Register();
    }

    /// <summary>
    /// Stops the process; returns when it has been continued, or at once if the system does not stop it (because no
    /// shell is there that could continue it).
    /// </summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _registration?.Dispose();
            _before();
            _ = LibC.Raise(TerminalStop);
            _after();
            Register();
        }
    }

    /// <summary>Gives the signal back to the system.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _registration?.Dispose();
        }
    }

    private void Register()
    {
        if (OperatingSystem.IsWindows()) return;
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGTSTP, context =>
        {
            context.Cancel = true;

            // Not here: a handler must not remove itself.
            ThreadPool.UnsafeQueueUserWorkItem(static self => self.Stop(), this, preferLocal: false);
        });
    }
}
