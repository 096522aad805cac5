namespace SshMux.Engine.Channels;

/// <summary>
/// Who waits for answers to a channel's requests (RFC 4254 section 5.4): they carry no number and are matched by their order
/// alone.
/// </summary>
internal sealed class PendingReplies
{
    private readonly Queue<TaskCompletionSource<bool>> _waiting = new();

    /// <summary>Somebody waits. Called in the order in which the requests are sent.</summary>
    public void Add(TaskCompletionSource<bool> request)
    {
        lock (_waiting) _waiting.Enqueue(request);
    }

    /// <summary>The peer has answered the oldest request.</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: there is none.</exception>
    public void Answer(bool success)
    {
        if (Take() is not { } request)
        {
            throw SshException.Protocol("the server answered a channel request that was not made");
        }

        request.SetResult(success);
    }

    /// <summary>No answer comes any more: a closed channel refuses, an ended connection has its reason.</summary>
    public void End(SshException? reason)
    {
        while (Take() is { } request)
        {
            if (reason is null) request.SetResult(false);
            else request.SetException(reason.Again());
        }
    }

    private TaskCompletionSource<bool>? Take()
    {
        lock (_waiting) return _waiting.TryDequeue(out var request) ? request : null;
    }
}
