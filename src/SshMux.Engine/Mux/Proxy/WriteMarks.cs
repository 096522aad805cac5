namespace SshMux.Engine.Mux.Proxy;

/// <summary>Those who wait until all that was queued up to a mark is written. Whoever uses it has a lock.</summary>
internal sealed class WriteMarks
{
    private readonly Queue<(long At, TaskCompletionSource<bool> Written)> _waiting = new();

    /// <summary>Completes with true when so many bytes are written, with false if they never are.</summary>
    public Task<bool> Add(long at)
    {
        var written = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue((at, written));
        return written.Task;
    }

    /// <summary>So many bytes are written now.</summary>
    public void OnWritten(long total)
    {
        while (_waiting.TryPeek(out var next) && next.At <= total) _waiting.Dequeue().Written.SetResult(true);
    }

    /// <summary>Nothing more is written.</summary>
    public void Fail()
    {
        while (_waiting.TryDequeue(out var next)) next.Written.SetResult(false);
    }
}
