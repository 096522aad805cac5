namespace SshMux.Engine.Transport;

/// <content>
/// Limits for a server that does not do its part: the memory for answers that it asks for and does not take.
/// </content>
internal sealed partial class SshTransport
{
    /// <summary>With more than this unsent, nothing more is read of what the server says.</summary>
    private const int MaxUnsent = 4 * 1024 * 1024;

    /// <summary>The most that is kept of our answers while the server does not finish a key exchange.</summary>
    private const int MaxHeldForServer = 4 * 1024 * 1024;

    private int _heldForServer; // written by the receive loop, under the send lock
    private TaskCompletionSource? _takenWaiter; // under the send lock

    /// <summary>
    /// Waits until the server takes what it was sent, if that has become too much: all that it can cause by what it
    /// says and we answer. Only the server's own slowness, or the end, can make this wait.
    /// </summary>
    private Task WaitForServerAsync()
    {
        if (!_congested) return Task.CompletedTask;
        lock (_sendLock)
        {
            if (_sendClosed || _queue.Unsent <= MaxUnsent) return Task.CompletedTask;
            _takenWaiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _takenWaiter.Task;
        }
    }

    /// <summary>The receive loop, if it waits for the server to take something; the send lock is held.</summary>
    private TaskCompletionSource? TakeWaiter()
    {
        var waiter = _takenWaiter;
        _takenWaiter = null;
        return waiter;
    }

    /// <summary>Nothing is sent any more; the send lock is held.</summary>
    private void CloseSending()
    {
        _sendClosed = true;
        TakeWaiter()?.SetResult();
    }

    /// <summary>
    /// During a key exchange the receive loop must go on, so a server that asks on and on instead of exchanging keys
    /// cannot be made to wait.
    /// </summary>
    private void CheckHeld()
    {
        if (_heldForServer <= MaxHeldForServer) return;
        throw SshException.Protocol("the server does not finish the key exchange, and asks for more and more");
    }
}
