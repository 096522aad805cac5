using System.Runtime.InteropServices;
using Mono.Unix.Native;
using SshMux.Engine;

namespace SshMux.Cli.Processes;

/// <summary>
/// The way of signals to the remote program, one at a time, for a master takes no more. SIGUSR1 and SIGUSR2 of this process
/// go there as long as this exists, and do not end the process.
/// </summary>
internal sealed class SignalRelay : IDisposable
{
    private readonly TaskCompletionSource<Func<string, CancellationToken, Task>> _program =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly PosixSignalRegistration[] _registrations;

    // A bit for each signal that has come and not had its turn: as in the system, it may come again and is still one.
    private int _waiting;

    /// <summary>What comes from now on waits for <see cref="UseProgram"/>.</summary>
    public SignalRelay() => _registrations = [Register(Signum.SIGUSR1, "USR1", 1), Register(Signum.SIGUSR2, "USR2", 2)];

    /// <summary>The program runs, and is sent signals so: by their names without SIG.</summary>
    public void UseProgram(Func<string, CancellationToken, Task> send) => _program.TrySetResult(send);

    /// <summary>Sends the program a signal.</summary>
    /// <exception cref="SshException">The session has ended, or the connection.</exception>
    /// <exception cref="OperationCanceledException">It takes too long.</exception>
    public Task SendAsync(string name, CancellationToken cancellationToken) => SendAsync(name, 0, cancellationToken);

    /// <summary>Gives the signals back to the system.</summary>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private PosixSignalRegistration Register(Signum signal, string name, int bit) => PosixSignalRegistration.Create(
        (PosixSignal)NativeConvert.FromSignum(signal),
        context =>
        {
            context.Cancel = true;
            if ((Interlocked.Or(ref _waiting, bit) & bit) == 0) _ = RelayAsync(name, bit);
        });

    private async Task RelayAsync(string name, int bit)
    {
        try
        {
            await SendAsync(name, bit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SshException)
        {
            // The session has ended, or the connection; who waits for that says why.
        }
    }

    private async Task SendAsync(string name, int bit, CancellationToken cancellationToken)
    {
        var send = await _program.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Interlocked.And(ref _waiting, ~bit);
            await send(name, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
