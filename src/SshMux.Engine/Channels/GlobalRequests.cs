using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Channels;

/// <summary>Our global requests (RFC 4254 section 4): answered in order, without numbers.</summary>
internal sealed class GlobalRequests(IMessageTransport transport)
{
    private readonly Lock _lock = new();
    private readonly Queue<(TaskCompletionSource<bool> Answered, GlobalReply? OnReply)> _unanswered = new();
    private SshException? _ended;

    /// <summary>Makes a request (SSH_MSG_GLOBAL_REQUEST); gives whether the server agreed.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.RequestTooLong"/>; why the connection has ended, thrown or from the task.
    /// </exception>
    public Task<bool> RequestAsync(string type, ReadOnlySpan<byte> fields, GlobalReply? onReply = null)
    {
        if (RequestLimit.CheckRequest(type, fields.Length, transport.MaxMessage) is { } refusal) throw refusal;
        var request = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

        // Queue and send under one lock: replies are matched by their order alone.
        lock (_lock)
        {
            if (_ended is not null) throw _ended.Again();
            _unanswered.Enqueue((request, onReply));
            transport.Send(new GlobalRequestMessage(type, wantReply: true, fields));
        }

        return request.Task;
    }

    /// <summary>The server has answered the oldest request that was not answered yet.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ProtocolError"/>: there is none, or the answer makes no sense.
    /// </exception>
    public void OnReply(bool success, ReadOnlySpan<byte> data)
    {
        (TaskCompletionSource<bool> Answered, GlobalReply? OnReply) request;
        lock (_lock)
        {
            if (!_unanswered.TryDequeue(out request))
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

    /// <summary>The connection has ended: whoever waits, or asks later, learns the reason.</summary>
    public void End(SshException reason)
    {
        lock (_lock)
        {
            _ended = reason;
            while (_unanswered.TryDequeue(out var request)) request.Answered.TrySetException(reason.Again());
        }
    }
}
