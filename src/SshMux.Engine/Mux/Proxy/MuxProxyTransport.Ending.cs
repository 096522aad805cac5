using Microsoft.Extensions.Logging;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <content>
/// The end, which a master of OpenSSH does not always survive (<see cref="OpenSshProxyRules"/>).
/// </content>
public sealed partial class MuxProxyTransport
{
    /// <summary>How long what was sent before the end may take to go out.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the end waits for the server's answers to opens that are under way, and for the rest of the data.
    /// </summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(3);

    private static readonly byte[] Success = [MessageNumber.RequestSuccess];
    private static readonly byte[] Failure = [MessageNumber.RequestFailure];

    private readonly Queue<bool> _repliesOfOurs = new();

    /// <inheritdoc/>
    public void Close(SshException reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        lock (_endLock)
        {
            if (_reason is not null) return;
            _reason = reason;
        }

        LogEnds(ControlPath, reason.Message);
        _ = ShutDownAsync(reason);
    }

    /// <summary>
    /// Ends the transport, if it has not ended, and waits until everything is freed. With a master of OpenSSH, opens
    /// that are under way are waited for, for a short while. If the server has refused one, or if channels were closed
    /// here before the server did or to open others, the loss of the control connection might end the master: then it
    /// is not closed but left to a small process (cat) that holds it until the master ends.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Close(new SshException(SshError.Stopped, "the connection was closed on this side"));
        await _ended.Task.ConfigureAwait(false);
    }

    private async Task ShutDownAsync(SshException reason)
    {
        // Forced off this thread: it may be the receive loop itself that ends the transport.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        IMessageReceiver? receiver;
        Task receiving;
        lock (_deliverLock)
        {
            lock (_endLock)
            {
                _endTold = true;
                receiver = _receiver;
                receiving = _receiveLoop ?? Task.CompletedTask;
            }
        }

        try
        {
            receiver?.OnEnded(reason);
        }
        catch (Exception e)
        {
            // A bug of the layer above must not keep Ended from completing.
            LogOnEndedFailed(e);
        }

        try
        {
            await _link.FinishAsync(FlushTime).ConfigureAwait(false);
            if (_rules is not null) await LeaveOpenSshAsync(_rules, receiving).ConfigureAwait(false);
            await _link.DisposeAsync().ConfigureAwait(false);
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e)
        {
            LogOnEndedFailed(e);
        }
        finally
        {
            _ended.SetResult(reason);
        }
    }

    /// <summary>
    /// Goes without harm to a master of OpenSSH: it has to see our end before it fails to write to us, so it gets all
    /// its data read. If even that would harm it, somebody else has to stay.
    /// </summary>
    private async Task LeaveOpenSshAsync(OpenSshProxyRules rules, Task receiving)
    {
        await rules.SettleAsync(AnswerTime).ConfigureAwait(false);
        if (!rules.IsDangerousToClose)
        {
            _link.EndSending();
            await receiving.WaitAsync(AnswerTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (receiving.IsCompleted) return;
        }

        _link.StopReceiving();
        await receiving.ConfigureAwait(false);
        if (!DescriptorKeeper.TryKeep(_link.Handle)) LogDangerousClose(ControlPath);
    }

    /// <summary>Gives the layer above the reply to a global request that the master is not asked.</summary>
    private void AnswerHere(bool success)
    {
        lock (_repliesOfOurs) _repliesOfOurs.Enqueue(success);
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.DeliverReplies(), this, preferLocal: false);
    }

    private void DeliverReplies()
    {
        lock (_deliverLock)
        {
            while (true)
            {
                bool success;
                lock (_repliesOfOurs)
                {
                    if (!_repliesOfOurs.TryDequeue(out success)) return;
                }

                Deliver(success ? Success : Failure);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "the connection over the master at {Path} ends: {Reason}")]
    private partial void LogEnds(string path, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "the connection layer failed to end")]
    private partial void LogOnEndedFailed(Exception e);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "the master at {Path} may end now: it has a channel of ours that it cannot close")]
    private partial void LogDangerousClose(string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "X11 is not forwarded over a master in proxy mode")]
    private static partial void LogNoX11(ILogger logger);
}
