using System.Runtime.InteropServices;

namespace SshMux.Cli.Processes;

/// <summary>
/// Turns the signals that end a process (SIGINT, SIGTERM, SIGHUP, SIGQUIT) into a cancellation, so that what is open
/// can be closed first: a terminal restored, a control socket removed.
/// </summary>
internal sealed class EndSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private volatile Action? _onInterrupt;

    public EndSignals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The signal that came; null if none did.</summary>
    public PosixSignal? Received { get; private set; }

    /// <summary>Completes with the first signal.</summary>
    public Task WaitAsync()
    {
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _source.Token.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), received);
        return received.Task;
    }

    /// <summary>Until the result is disposed, SIGINT does something else and ends nothing.</summary>
    public IDisposable OnInterrupt(Action action)
    {
        _onInterrupt = action;
        return new Interruption(this);
    }

    /// <summary>Gives the signals back to the system.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGINT && _onInterrupt is { } action)
        {
            action();
            return;
        }

        Received ??= context.Signal;
        _source.Cancel();
    }

    private sealed class Interruption(EndSignals signals) : IDisposable
    {
        public void Dispose() => signals._onInterrupt = null;
    }
}
