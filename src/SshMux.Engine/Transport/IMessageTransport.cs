using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <summary>
/// An ordered, authenticated, encrypted stream of SSH messages above the transport layer of RFC 4253. The connection
/// layer sits on this and never sees encryption or sockets.
/// </summary>
internal interface IMessageTransport : IAsyncDisposable
{
    /// <summary>
    /// Completes, never faults, when the transport has ended; its result is the one recorded reason, the first one.
    /// </summary>
    Task<SshException> Ended { get; }

    /// <summary>
    /// Whether so much unsent data is waiting that a bulk sender should pause until
    /// <see cref="IMessageReceiver.OnWritable"/>. Small control messages may be sent all the same.
    /// </summary>
    bool IsCongested { get; }

    /// <summary>The longest request in bytes that the peer takes; for a longer one it ends the connection.</summary>
    int MaxMessage => MessageLimit.Longest;

    /// <summary>
    /// The shortest time that the peer took to answer, at least as long as bytes take there and back; 0 where that is
    /// not known.
    /// </summary>
    TimeSpan RoundTrip => TimeSpan.Zero;

    /// <summary>The layer above has seen an answer that the peer had not to think about, after so long.</summary>
    void NoteAnswer(TimeSpan time)
    {
    }

    /// <summary>
    /// What the layer above carries has changed: whether terminals are open, and whether nothing is that moves data in
    /// bulk (any other channel may).
    /// </summary>
    void NoteUse(bool hasTerminals, bool isInteractive)
    {
    }

    /// <summary>
    /// Begins to deliver received messages to <paramref name="receiver"/>. May be called again, from within
    /// <see cref="IMessageReceiver.OnMessage"/>, to hand over to the next layer: it gets all messages after this one.
    /// </summary>
    void Start(IMessageReceiver receiver);

    /// <summary>
    /// Encodes <paramref name="message"/> into the send buffer and sees to it that it is sent soon. Never blocks and
    /// may be called from any thread; messages go out in the order of the calls. A message sent while a key exchange
    /// runs goes out after it. Returns false, and drops the message, if the transport has ended.
    /// </summary>
    bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct;

    /// <summary>
    /// Asks the server to exchange new keys (RFC 4253 section 9). Does nothing where there are no keys of our own.
    /// </summary>
    void RequestKeyExchange()
    {
    }

    /// <summary>
    /// Whether <paramref name="data"/>, a part of the message that is just being delivered, stays where it is until
    /// <paramref name="handler"/> is told that all is delivered. If not, it is gone when the message is.
    /// </summary>
    internal bool TryKeep(ReadOnlySpan<byte> data, IDeliveryHandler handler) => false;

    /// <summary>What the connection is like, for people: lines as OpenSSH 10.3 has them, with CR LF.</summary>
    internal string Describe() =>
        $"Connection information for {Environment.MachineName} pid {Environment.ProcessId}\r\n";

    /// <summary>
    /// Ends the transport with <paramref name="reason"/> (unless it has ended already), telling the peer what can be
    /// told; what was sent before is flushed for a short while. Does not wait.
    /// </summary>
    void Close(SshException reason);
}
