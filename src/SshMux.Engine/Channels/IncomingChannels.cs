using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// Channels that the server opens (RFC 4254 section 5.1): only of the types that something here waits for.
/// </summary>
internal sealed partial class IncomingChannels(ConnectionContext connection, ILogger logger)
{
    /// <summary>With so many channels, the server gets no more: each may cost a descriptor and a window here.</summary>
    public const int MaxChannels = 4096;

    private readonly ConcurrentDictionary<string, Action<IncomingChannel>> _acceptors = new(StringComparer.Ordinal);
    private int _undecided;

    /// <summary>
    /// Has <paramref name="accept"/> decide about every channel of a type that the server opens; a later call for the
    /// same type replaces it. It is called on the receive loop and must not block; it accepts or refuses then or later.
    /// </summary>
    public void Accept(string type, Action<IncomingChannel> accept) => _acceptors[type] = accept;

    /// <summary>The server wants to open a channel (SSH_MSG_CHANNEL_OPEN).</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: malformed.</exception>
    public void OnOpen(ref SshReader reader)
    {
        var incoming = new IncomingChannel(connection, ref reader);
        Interlocked.Increment(ref _undecided);
        if (!_acceptors.TryGetValue(incoming.Type, out var accept))
        {
            incoming.Refuse(
                OpenFailureReason.AdministrativelyProhibited,
                $"no {Printable.Text(incoming.Type, 64)} channel was asked for");
        }
        else if (connection.Table.Count + Volatile.Read(ref _undecided) > MaxChannels)
        {
            incoming.Refuse(OpenFailureReason.ResourceShortage, $"there are {MaxChannels} channels already");
        }
        else
        {
            accept(incoming);
        }
    }

    /// <summary>A channel that the server wants to open is about to have its answer.</summary>
    public void OnDecided() => Interlocked.Decrement(ref _undecided);

    /// <summary>A channel is not opened; says so here and to the server.</summary>
    public void Refuse(IncomingChannel incoming, OpenFailureReason reason, string text)
    {
        var type = Printable.Text(incoming.Type, 64);
        LogRefused(type, text);
        connection.Transport.Send(new ChannelOpenFailureMessage(incoming.Sender, reason, text));
    }

    [LoggerMessage(
        Level = LogLevel.Information, Message = "refused a {Type} channel that the server tried to open: {Reason}")]
    private partial void LogRefused(string type, string reason);
}
