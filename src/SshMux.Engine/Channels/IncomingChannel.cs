using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// A channel that the server wants to open (SSH_MSG_CHANNEL_OPEN) and that waits for its one answer, from any thread.
/// </summary>
internal sealed class IncomingChannel
{
    private int _answered;

    public IncomingChannel(ConnectionContext connection, ref SshReader reader)
    {
        Connection = connection;
        Type = reader.ReadText();
        Sender = reader.ReadUInt32();
        Window = reader.ReadUInt32();
        MaxPacket = reader.ReadUInt32();
        Fields = reader.Rest.ToArray();
        if (MaxPacket == 0) throw SshException.Protocol("the server opens a channel with a maximum packet size of 0");
    }

    /// <summary>The connection that the channel is to belong to.</summary>
    public ConnectionContext Connection { get; }

    /// <summary>The channel type, such as "forwarded-tcpip".</summary>
    public string Type { get; }

    /// <summary>The fields of the type, still encoded.</summary>
    public ReadOnlyMemory<byte> Fields { get; }

    /// <summary>The server's number of the channel.</summary>
    public uint Sender { get; }

    /// <summary>How many bytes the server takes at first.</summary>
    public uint Window { get; }

    /// <summary>The largest data message that the server takes.</summary>
    public uint MaxPacket { get; }

    /// <summary>
    /// Opens the channel (SSH_MSG_CHANNEL_OPEN_CONFIRMATION). The handler's <see cref="IChannelHandler.OnOpened"/> is
    /// called on this thread before this returns, and before all its other calls.
    /// </summary>
    /// <exception cref="SshException">Why the connection has ended; the handler hears nothing then.</exception>
    public Channel Accept(IChannelHandler handler)
    {
        Decide();
        var channel = Connection.Table.Add(number => new Channel(Connection, number, this, handler));
        channel.Confirm();
        return channel;
    }

    /// <summary>Does not open the channel (SSH_MSG_CHANNEL_OPEN_FAILURE). The text is for people at the server's end.</summary>
    public void Refuse(OpenFailureReason reason, string text)
    {
        Decide();
        Connection.Incoming.Refuse(this, reason, text);
    }

    /// <summary>Whoever calls this has to see to the answer; there is no second one.</summary>
    public void Decide()
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0) throw new InvalidOperationException("already answered");
        Connection.Incoming.OnDecided();
    }
}
