using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Slots;
using SshMux.Engine.Channels.Usage;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Channels;

/// <summary>A connection as its channels see it: what they share, and what they may ask of it.</summary>
internal sealed class ConnectionContext
{
    public ConnectionContext(IMessageTransport transport, TimeProvider time, ILogger logger)
    {
        Transport = transport;
        Table = new ChannelTable(logger);
        Use = new ConnectionUse(transport);
        Clock = new UseClock(time);
        Incoming = new IncomingChannels(this, logger);
    }

    /// <summary>What carries the messages.</summary>
    public IMessageTransport Transport { get; }

    /// <summary>Completes, never faults, when the connection has ended; its result is the one recorded reason.</summary>
    public Task<SshException> Ended => Transport.Ended;

    /// <summary>The server's version text ("SSH-2.0-OpenSSH_9.2p1"); null over another master's login.</summary>
    public string? ServerVersion => (Transport as SshTransport)?.ServerVersion;

    /// <summary>All channels.</summary>
    public ChannelTable Table { get; }

    /// <summary>What the channels are used for.</summary>
    public ConnectionUse Use { get; }

    /// <summary>When they were used.</summary>
    public UseClock Clock { get; }

    /// <summary>What the server may open.</summary>
    public IncomingChannels Incoming { get; }

    /// <summary>
    /// Told of each program that this process is about to ask for, for itself, on a session that is open; null: nobody is.
    /// Any thread calls it; it must not block. <see cref="Channel.WhenRemoved"/> tells the end.
    /// </summary>
    public Action<Channel, SessionRequest>? OnProgramStarting { get; set; }

    /// <summary>The agent that sessions may ask for; null: they may not (ForwardAgent no).</summary>
    public ISessionForward? AgentForward { get; set; }

    /// <summary>The X server that sessions may ask for; null: they may not (ForwardX11 no).</summary>
    public ISessionForward? X11Forward { get; set; }

    /// <summary>
    /// The algorithms, limits and traffic of the connection, as <c>~I</c> and a master's MUX_C_EXT_INFO show them.
    /// </summary>
    public string DescribeConnection() => Transport.Describe();

    /// <summary>The channels, as <c>~#</c> shows them.</summary>
    public string DescribeChannels() => Table.Describe();

    /// <summary>Has the transport exchange new keys with the server, if it has any (RFC 4253 section 9).</summary>
    public void RequestKeyExchange() => Transport.RequestKeyExchange();
}
