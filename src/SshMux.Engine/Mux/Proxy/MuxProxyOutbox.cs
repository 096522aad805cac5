using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// What goes to a client in proxy mode. What the server sends is bounded by the windows that the client has opened; one
/// that opens many and reads from none would have all that kept here, so it is dropped.
/// </summary>
/// <param name="link">The client's control connection.</param>
/// <param name="limit">How many bytes may wait for the client.</param>
internal sealed class MuxProxyOutbox(MuxProxyLink link, int limit)
{
    private SshException? _dropped;

    /// <summary>Why the client was dropped, if it was.</summary>
    public SshException? Dropped => Volatile.Read(ref _dropped);

    /// <summary>What is wrong with a client, which is dropped for it.</summary>
    public static SshException Broken(string what) =>
        new(SshError.MuxProtocolError, $"a client in proxy mode {what}");

    /// <summary>Queues a message; never blocks. A client that has left too many unread is dropped.</summary>
    public void Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        link.Send(message);
        if (link.IsCongested && link.Unsent > limit) Drop();
    }

    private void Drop()
    {
        var reason = Broken($"does not read: {limit} bytes wait for it");
        if (Interlocked.CompareExchange(ref _dropped, reason, null) is null) link.Abort();
    }
}
