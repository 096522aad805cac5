namespace SshMux.Engine.Transport;

/// <summary>
/// Limits for a server that asks and does not take the answers, so that they do not fill the memory. Guarded by the
/// sender's lock, but for <see cref="Check"/>.
/// </summary>
internal sealed class UnreadAnswers
{
    /// <summary>With more bytes than this waiting, the server need not get more of what it asks for.</summary>
    private const int MaxWaiting = 512 * 1024;

    /// <summary>With more bytes than this in the queue, nothing more is read of what the server says.</summary>
    private const int MaxUnsent = 4 * 1024 * 1024;

    /// <summary>With fewer than this in the queue it is read again.</summary>
    private const int FewUnsent = 128 * 1024;

    /// <summary>The most bytes that are kept of our answers while the server does not finish a key exchange.</summary>
    private const int MaxHeld = 4 * 1024 * 1024;

    private int _held; // written on the receive loop
    private TaskCompletionSource? _taken;

    /// <summary>Whether the server leaves so much unread that it need not get more answers.</summary>
    public static bool AreMany(int waiting) => waiting > MaxWaiting;

    /// <summary>
    /// Completes when the server has taken what it was sent, if that has become too much, or at the end.
    /// </summary>
    public Task WaitUntilTakenAsync(int unsent)
    {
        if (unsent <= MaxUnsent) return Task.CompletedTask;
        _taken ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _taken.Task;
    }

    /// <summary>The server has taken something; so much is left.</summary>
    public void OnTaken(int unsent)
    {
        if (unsent < FewUnsent) StopWaiting();
    }

    /// <summary>Nobody waits any more.</summary>
    public void StopWaiting()
    {
        _taken?.SetResult();
        _taken = null;
    }

    /// <summary>An answer of so many bytes is held back until the key exchange is over.</summary>
    public void OnHeld(int length) => _held += length;

    /// <summary>The key exchange is over.</summary>
    public void OnReleased() => _held = 0;

    /// <summary>
    /// During a key exchange the receive loop must go on, so a server that asks on and on instead of exchanging keys
    /// cannot be made to wait. Called on the receive loop; throws <see cref="SshException"/>.
    /// </summary>
    public void Check()
    {
        if (_held <= MaxHeld) return;
        throw SshException.Protocol("the server does not finish the key exchange, and asks for more and more");
    }
}
