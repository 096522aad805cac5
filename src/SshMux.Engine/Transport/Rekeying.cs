using SshMux.Engine.Transport.KeyExchange;

namespace SshMux.Engine.Transport;

/// <summary>
/// When new keys are exchanged (RFC 4253 section 9; RekeyLimit of ssh_config(5)): after so many bytes or packets, or so
/// much time. Not before the login is done: OpenSSH's server cannot, and its client waits too.
/// </summary>
internal sealed class Rekeying : IDisposable
{
    private readonly KeyLimits _limits;
    private readonly PacketSender _sender;
    private readonly PacketReceiver _receiver;
    private readonly RekeyTimer _timer;

    /// <summary>Asks for no keys before <see cref="OnLoggedIn"/>.</summary>
    /// <param name="limits">What goes with the same keys; the sender heeds them for what we send.</param>
    /// <param name="interval">How old keys may be; null for no limit.</param>
    /// <param name="sender">Begins the exchanges.</param>
    /// <param name="receiver">Counts what the server sends.</param>
    public Rekeying(KeyLimits limits, TimeSpan? interval, PacketSender sender, PacketReceiver receiver)
    {
        _limits = limits;
        _sender = sender;
        _receiver = receiver;
        _timer = new RekeyTimer(interval, Request);
    }

    /// <inheritdoc cref="RekeyTimer.Interval"/>
    public TimeSpan? Interval => _timer.Interval;

    /// <inheritdoc cref="RekeyTimer.Next"/>
    public DateTime? Next => _timer.Next;

    /// <summary>After how many cipher blocks of this size new keys are exchanged.</summary>
    public long BlocksLimit(int blockSize) => _limits.BytesLimit(blockSize) / blockSize;

    /// <summary>
    /// Asks the server to exchange new keys. Does nothing when an exchange is under way, before the login is done, and
    /// after the transport's end.
    /// </summary>
    public void Request()
    {
        if (_limits.AreInForce) _sender.BeginKeyExchange();
    }

    /// <summary>The server accepts the login.</summary>
    public void OnLoggedIn()
    {
        _limits.PutInForce();
        _timer.Restart();
    }

    /// <summary>New keys are in use.</summary>
    public void OnNewKeys()
    {
        if (_limits.AreInForce) _timer.Restart();
    }

    /// <summary>
    /// Asks for new keys if the server has sent much with the present ones; called by the receive loop.
    /// </summary>
    /// <exception cref="SshException">It was asked, does not do its part, and has sent far too much.</exception>
    public void CheckReceived()
    {
        if (!_limits.AreReached(_receiver.BytesWithKey, _receiver.PacketsWithKey, _receiver.BlockSize)) return;
        Request();
        _limits.CheckServer(_receiver.PacketsWithKey);
    }

    /// <summary>No more is asked for because of time.</summary>
    public void Dispose() => _timer.Dispose();
}
