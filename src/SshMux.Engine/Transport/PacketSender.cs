using SshMux.Engine.Configuration;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <summary>
/// Sends messages to the server: they become packets in a queue under a lock, in the order of the calls, and a loop
/// writes the queue to the stream. From our SSH_MSG_KEXINIT to our SSH_MSG_NEWKEYS they are held back.
/// </summary>
internal sealed class PacketSender : ISendTarget, IDisposable
{
    /// <summary>
    /// With more than this unsent the transport is congested. Enough to keep the socket busy while senders fill the
    /// next chunk, and little enough that a keystroke does not wait long behind a bulk transfer.
    /// </summary>
    private const int HighWater = 256 * 1024;

    /// <summary>With less than this unsent it no longer is.</summary>
    private const int LowWater = 128 * 1024;

    private readonly Stream _stream;
    private readonly ServiceClasses _serviceClasses;
    private readonly KeyLimits _limits;
    private readonly Lock _lock = new();
    private readonly PacketQueue _queue = new(); // under the lock, as all that follows
    private readonly HeldMessages _held = new();
    private readonly UnreadAnswers _unread = new();
    private readonly KeystrokeClock? _keystrokes;
    private bool _isExchangingKeys; // from our SSH_MSG_KEXINIT to the server's SSH_MSG_NEWKEYS
    private bool _isHolding; // from our SSH_MSG_KEXINIT to our SSH_MSG_NEWKEYS
    private bool _isInteractive = true;

    /// <summary>Sends nothing before it is asked to.</summary>
    /// <param name="stream">Where to; others read from it.</param>
    /// <param name="options">Those of the transport.</param>
    /// <param name="limits">After how much new keys are exchanged.</param>
    /// <param name="extensions">What the server announces.</param>
    public PacketSender(Stream stream, SshTransportOptions options, KeyLimits limits, ExtensionInfo extensions)
    {
        _stream = stream;
        _serviceClasses = options.ServiceClasses;
        _limits = limits;
        Loop = new SendLoop(_lock, _queue.Encoded, this, HighWater, LowWater);
        if (options.KeystrokeInterval <= TimeSpan.Zero) return;
        _keystrokes = new KeystrokeClock(options.KeystrokeInterval, _lock, _queue, Loop, extensions, options.Logger);
    }

    /// <summary>
    /// A key exchange begins: gives our SSH_MSG_KEXINIT, which goes in the packet of this number. Called under a lock.
    /// </summary>
    public required Func<uint, KexInit> OnKeyExchange { private get; init; }

    /// <summary>It was congested and is no longer; called on any thread.</summary>
    public required Action OnWritable { private get; init; }

    /// <summary>A write has failed; nothing is sent any more.</summary>
    public required Action<Exception> OnWriteFailed { private get; init; }

    /// <summary>What writes the packets to the stream.</summary>
    public SendLoop Loop { get; }

    /// <summary>Packets and cipher blocks with the present keys, and all bytes.</summary>
    public (long Packets, long Blocks, long Bytes) Traffic =>
        (_queue.PacketsWithKey, _queue.BlocksWithKey, Loop.BytesWritten);

    /// <inheritdoc cref="PacketEncoder.BlockSize"/>
    public int BlockSize => _queue.BlockSize;

    /// <inheritdoc cref="PacketQueue.Compressed"/>
    public (long Compressed, long Raw)? Compressed => _queue.Compressed;

    int ISendTarget.Held => _held.Length;

    bool ISendTarget.MustWait => _keystrokes is { Holds: true };

    /// <inheritdoc cref="IMessageTransport.Send{TMessage}"/>
    public bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        // Those that a user's text goes into have been measured before, but for a login's own (a name, a password).
        if (message.MaxLength > MessageLimit.Longest)
        {
            throw new SshException(
                SshError.RequestTooLong,
                $"a message of {message.MaxLength} bytes is more than the {MessageLimit.Longest} that a server takes");
        }

        lock (_lock)
        {
            if (Loop.IsClosed) return false;
            if (_isHolding)
            {
                Hold(message);
            }
            else
            {
                _queue.Add(message);
                if (_limits.AreReached(_queue.BytesWithKey, _queue.PacketsWithKey, _queue.BlockSize)) SendKexInit();
                else if (TMessage.IsChannelData) _keystrokes?.OnData();
            }

            Loop.OnQueued(_queue.Unsent + _held.Length);
        }

        if (!Loop.IsDelivering) Loop.Flush();
        return true;
    }

    /// <summary>
    /// Answers a message that the server may send as often as it likes: a server that does not read the answers gets no
    /// more of them.
    /// </summary>
    public void SendAnswer<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        lock (_lock)
        {
            if (UnreadAnswers.AreMany(_queue.Unsent + _held.Length)) return;
        }

        Send(message);
    }

    /// <summary>Sends bytes that are no packet: the version line.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        lock (_lock) _queue.AddRaw(bytes);
        Loop.Flush();
    }

    /// <summary>Begins a key exchange, if none is under way; from now on other messages are held back.</summary>
    public void BeginKeyExchange()
    {
        lock (_lock) SendKexInit();
        if (!Loop.IsDelivering) Loop.Flush();
    }

    /// <summary>Sends a message of the key exchange itself, which nothing holds back.</summary>
    public void SendInKeyExchange<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        lock (_lock)
        {
            if (!Loop.IsClosed) _queue.Add(message);
        }

        Loop.Flush();
    }

    /// <summary>
    /// Sends SSH_MSG_NEWKEYS, and with the new keys all that was held back. False if nothing is sent any more.
    /// </summary>
    /// <param name="cipher">The new keys; taken over.</param>
    /// <param name="strict">Whether packets are counted anew (strict key exchange).</param>
    /// <param name="compress">Whether what follows is compressed.</param>
    /// <param name="announce">
    /// Whether our extensions follow at once (RFC 8308): that the server may tell us more about its signature
    /// algorithms when it knows the user.
    /// </param>
    public bool SendNewKeys(PacketCipher cipher, bool strict, bool compress, bool announce)
    {
        lock (_lock)
        {
            if (Loop.IsClosed)
            {
                cipher.Dispose();
                return false;
            }

            _queue.Add(new NewKeysMessage());
            _queue.ChangeCipher(cipher, strict);
            _queue.RestartCompression(compress);
            if (announce) _queue.Add(new ExtInfoMessage());
            _isHolding = false;
            var offset = 0;
            while (_held.TryGet(ref offset, out var message)) _queue.Add(new EncodedMessage(message));
            _held.Clear();
        }

        return true;
    }

    /// <summary>The server's SSH_MSG_NEWKEYS has come.</summary>
    public void EndKeyExchange()
    {
        lock (_lock)
        {
            _isExchangingKeys = false;
            _unread.OnReleased();
        }
    }

    /// <summary>From the next message on there is a new zlib stream, or none.</summary>
    public void RestartCompression(bool compress)
    {
        lock (_lock) _queue.RestartCompression(compress);
    }

    /// <inheritdoc cref="IMessageTransport.NoteUse"/>
    public void NoteUse(bool hasTerminals, bool isInteractive)
    {
        lock (_lock)
        {
            if (_keystrokes is not null) _keystrokes.IsUseful = hasTerminals && isInteractive;
            if (_isInteractive == isInteractive) return;
            _isInteractive = isInteractive;
            var value = isInteractive ? _serviceClasses.Interactive : _serviceClasses.Bulk;
            (_stream as SocketStream)?.SetServiceClass(value);
        }
    }

    /// <summary>
    /// Waits until the server takes what it was sent, if that has become too much: all that it can cause by what it
    /// says and we answer. Only the server's own slowness, or the end, can make this wait.
    /// </summary>
    public Task WaitForServerAsync()
    {
        if (!Loop.IsCongested) return Task.CompletedTask;
        lock (_lock) return Loop.IsClosed ? Task.CompletedTask : _unread.WaitUntilTakenAsync(_queue.Unsent);
    }

    /// <inheritdoc cref="UnreadAnswers.Check"/>
    public void CheckAnswers() => _unread.Check();

    /// <summary>Sends nothing more but, if it is to, a last word, and lets the loop finish.</summary>
    public void Close(DisconnectMessage? goodbye)
    {
        lock (_lock)
        {
            if (goodbye is { } message && !Loop.IsClosed) _queue.Add(message);
            CloseQueue();
        }

        Loop.Finish();
    }

    /// <summary>Wipes and frees what it holds; for when the loop has finished.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _keystrokes?.Dispose();
            _held.Clear();
            _queue.Dispose();
        }
    }

    ValueTask ISendTarget.WriteAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes);

    void ISendTarget.OnWritten() => _unread.OnTaken(_queue.Unsent);

    void ISendTarget.OnEmpty() => _keystrokes?.OnSent();

    void ISendTarget.OnWritable() => OnWritable();

    void ISendTarget.OnWriteFailed(Exception e)
    {
        lock (_lock) CloseQueue();
        OnWriteFailed(e);
    }

    private void SendKexInit()
    {
        if (_isExchangingKeys || Loop.IsClosed) return;
        _queue.Add(new EncodedMessage(OnKeyExchange(_queue.SequenceNumber).Payload));
        _isExchangingKeys = _isHolding = true;
        _keystrokes?.Stop();
    }

    private void Hold<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        var before = _held.Length;
        _held.Add(message);
        if (Loop.IsDelivering) _unread.OnHeld(_held.Length - before);
    }

    private void CloseQueue()
    {
        Loop.Close();
        _unread.StopWaiting();
    }
}
