using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// Global requests (RFC 4254 section 4): answered in order, without numbers.
public sealed partial class SshConnection
{
    private readonly Queue<(TaskCompletionSource<bool> Answered, GlobalReply? OnReply)> _globalRequests = new();

    /// <summary>
    /// Makes one round trip to the server (keepalive@openssh.com), so that a caller knows that it is still there. Any
    /// answer will do.
    /// </summary>
    /// <exception cref="SshException">The connection has ended, with its reason.</exception>
    public async Task CheckAliveAsync(CancellationToken cancellationToken) =>
        await RequestAsync("keepalive@openssh.com", []).WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Makes a global request (SSH_MSG_GLOBAL_REQUEST); gives whether the server agreed.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.RequestTooLong"/>; why the connection has ended, thrown or from the task.
    /// </exception>
    internal Task<bool> RequestAsync(string type, ReadOnlySpan<byte> fields, GlobalReply? onReply = null)
    {
        if (RequestLimit.CheckRequest(type, fields.Length, _transport.MaxMessage) is { } refusal) throw refusal;
        var request = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

        // Queue and send under one lock: replies are matched by their order alone.
        lock (_globalRequests)
        {
            if (_ended is not null) throw _ended.Again();
            _globalRequests.Enqueue((request, onReply));
            _transport.Send(new GlobalRequestMessage(type, wantReply: true, fields));
        }

        return request.Task;
    }

    private void OnGlobalReply(bool success, ReadOnlySpan<byte> data)
    {
        (TaskCompletionSource<bool> Answered, GlobalReply? OnReply) request;
        lock (_globalRequests)
        {
            if (!_globalRequests.TryDequeue(out request))
            {
                throw SshException.Protocol("the server answered a global request that was not made");
            }
        }

        try
        {
            request.OnReply?.Invoke(success, data);
            request.Answered.SetResult(success);
        }
        catch (SshException e)
        {
            // An answer that makes no sense ends the connection, and whoever waits for it learns why.
            request.Answered.TrySetException(e.Again());
            throw;
        }
    }

    private void OnGlobalRequest(ref SshReader reader)
    {
        var type = Printable.Text(reader.ReadString(), 64);
        var wantReply = reader.ReadBoolean();
        if (type == HostKeyUpdate.Announcement) OnHostKeys(ref reader);
        if (!wantReply) return;
        LogGlobalRequestRefused(type);
        _transport.Send(new RequestFailureMessage());
    }

    private void FailGlobalRequests(SshException reason)
    {
        lock (_globalRequests)
        {
            lock (_channelsLock) _ended = reason;
            while (_globalRequests.TryDequeue(out var request)) request.Answered.TrySetException(reason.Again());
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "answered the server's {Type} request with a failure")]
    private partial void LogGlobalRequestRefused(string type);
}
