using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>
/// The packets of one control connection, whatever carries it: a control socket (<see cref="MuxSocket"/>), which can
/// pass descriptors, too, or streams. Packets are sent whole and one after the other. For one reader at a time;
/// disposing ends the control connection, and pending reads and writes.
/// </summary>
internal interface IMuxPackets : IDisposable
{
    /// <summary>
    /// Waits for the next packet, however long that takes. Null: the peer is gone, or this side was disposed.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.MuxProtocolError"/>: malformed, or never whole.</exception>
    ValueTask<MuxMessage?> ReceiveAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Completes when what carries the connection has taken the whole message, which is the peer's then even if this
    /// process ends. False if the peer is gone.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.RequestTooLong"/>; the message is malformed.</exception>
    ValueTask<bool> SendAsync(MuxMessage message);

    /// <summary>
    /// For the reader, while it does not read: waits until there is more to receive, takes nothing of it, and tells
    /// whether it is the end. False also if the wait was cancelled.
    /// </summary>
    Task<bool> IsAtEndAsync(CancellationToken cancellationToken);
}
