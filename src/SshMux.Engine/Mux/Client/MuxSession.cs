using Mono.Unix.Native;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Client;

/// <summary>
/// A session or stdio forward that a master runs for this process (a "passenger" of PROTOCOL.mux). The master reads and
/// writes the passed descriptors; this end waits. The session lives as long as its control connection: disposing ends
/// it.
/// </summary>
internal sealed class MuxSession : IAsyncDisposable
{
    private readonly TaskCompletionSource<MuxSessionEnd> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _ttyRefused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MuxClientLink _link;
    private volatile TaskCompletionSource _suspended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _path;
    private uint? _id;
    private uint? _exitStatus;

    internal MuxSession(MuxClientLink link, string path)
    {
        _link = link;
        _path = path;
    }

    /// <summary>The master's process id, to which SIGWINCH goes when the local terminal changes its size.</summary>
    public int MasterProcessId { get; internal set; }

    /// <summary>
    /// How the session ended, after all output is written. Faults with <see cref="SshError.MasterGone"/> if the master
    /// ended first, and with <see cref="SshError.Stopped"/> if this side disposed the session.
    /// </summary>
    public Task<MuxSessionEnd> Ended => _ended.Task;

    /// <summary>
    /// Completes if the server refuses the terminal (MUX_S_TTY_ALLOC_FAIL), so that the local one leaves raw mode. The
    /// session goes on without a terminal. Otherwise it never completes.
    /// </summary>
    public Task TtyRefused => _ttyRefused.Task;

    /// <summary>
    /// Completes when the user suspends the session (MUX_S_SUSPEND), if this client has announced that it can stop: the
    /// terminal is this process's alone until <see cref="ResumeAsync"/>, and after that there is a new task.
    /// </summary>
    public Task Suspended => _suspended.Task;

    private bool CanBeSuspended => _link.Announced.Any(extension => extension.Name == MuxExtensions.Suspend);

    /// <summary>Closes the control connection, and so ends the session if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync().ConfigureAwait(false);

        // Whoever disposes a session is not interested in its end any more.
        _ = _ended.Task.Exception;
    }

    /// <summary>
    /// Asks on the session's own control connection whether the master is alive; gives its process id.
    /// </summary>
    /// <exception cref="SshException">The master is gone or the session has ended.</exception>
    public Task<int> CheckAliveAsync(CancellationToken cancellationToken = default) =>
        _link.CheckAliveAsync(cancellationToken);

    /// <summary>
    /// Tells the master that the local terminal has changed its size (SIGWINCH); it reads the size from the descriptor
    /// that it has.
    /// </summary>
    public void TellWindowChange()
    {
        if (MasterProcessId > 0) _ = Syscall.kill(MasterProcessId, Signum.SIGWINCH);
    }

    /// <summary>
    /// Has the master send the session's program a signal: "INT", "TERM", "KILL", ... (extension "signal@sshmux").
    /// </summary>
    /// <returns>Whether that was done: the master may not know the extension, and the server may refuse.</returns>
    /// <exception cref="SshException">The master is gone or the session has ended.</exception>
    public async Task<bool> SendSignalAsync(string name, CancellationToken cancellationToken = default)
    {
        if (!_link.Announces(MuxExtensions.Signal)) return false;
        var reply = await _link.RequestAsync(id => new MuxSignal(id, name)).WaitAsync(cancellationToken)
            .ConfigureAwait(false);
        if (reply is MuxOk) return true;
        _link.LogRefused($"the remote program does not get SIG{name}", MuxRefusal.Of(reply).Message);
        return false;
    }

    /// <summary>Has the session go on that was suspended; the terminal is as the session needs it (MUX_C_RESUME).</summary>
    /// <exception cref="SshException">The master is gone or the session has ended.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken = default)
    {
        _suspended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        MuxRefusal.ExpectOk(
            await _link.RequestAsync(id => new MuxResume(id)).WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    internal void OnOpened(uint id) => _id = id;

    internal void OnMessage(MuxMessage message)
    {
        switch (message)
        {
            case MuxExitMessage exit when exit.SessionId == _id && _exitStatus is null:
                _exitStatus = exit.ExitValue;
                break;
            case MuxTtyAllocationFailed refusal when refusal.SessionId == _id:
                _ttyRefused.TrySetResult();
                break;
            case MuxSuspend suspend when suspend.SessionId == _id && CanBeSuspended:
                _suspended.TrySetResult();
                break;
            default:
                throw new SshException(
                    SshError.MuxProtocolError, $"the master at {_path} sent a message that has no place in a session");
        }
    }

    internal void OnEnded(SshException reason)
    {
        if (_exitStatus is { } status) _ended.TrySetResult(new MuxSessionEnd(status));
        else if (reason.Error == SshError.MasterGone && _id is not null) _ = ExplainAsync(reason);
        else Fail(reason);
    }

    /// <summary>
    /// The stream ended without an exit status. That is how a master says that the program was killed by a signal, but
    /// also what is seen of a master that dies.
    /// </summary>
    private async Task ExplainAsync(SshException reason)
    {
        try
        {
            if (await MasterProbe.IsAliveAsync(_path, MasterProcessId).ConfigureAwait(false))
            {
                _ended.TrySetResult(default);
                return;
            }
        }
        catch (SshException)
        {
            // Not even the question could be asked, so the answer is no.
        }

        Fail(new SshException(
            SshError.MasterGone,
            $"the master at {_path} ended while the session ran; its output may be incomplete",
            reason));
    }

    private void Fail(SshException reason)
    {
        _ended.TrySetException(reason.Again());

        // Who waits for the end sees the failure; not everybody does.
        _ = _ended.Task.Exception;
    }
}
