using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// Channels that the server opens (RFC 4254 section 5.1): only of the types that something here waits for.
public sealed partial class SshConnection
{
    /// <summary>With so many channels, the server gets no more: each may cost a descriptor and a window here.</summary>
    internal const int MaxChannels = 4096;

    private readonly ConcurrentDictionary<string, Action<IncomingChannel>> _acceptors = new(StringComparer.Ordinal);
    private int _undecided;

    /// <summary>
    /// Has <paramref name="accept"/> decide about every channel of a type that the server opens; a later call for the
    /// same type replaces it. It is called on the receive loop and must not block; it accepts or refuses then or later.
    /// </summary>
    internal void AcceptChannels(string type, Action<IncomingChannel> accept) => _acceptors[type] = accept;

    internal Channel Confirm(IncomingChannel incoming, IChannelHandler handler)
    {
        var channel = AddChannel(slot => new Channel(this, _transport, slot, incoming, handler));
        channel.Confirm();
        return channel;
    }

    internal void Refuse(IncomingChannel incoming, OpenFailureReason reason, string text)
    {
        var type = Printable.Text(incoming.Type, 64);
        LogChannelRefused(type, text);
        _transport.Send(new ChannelOpenFailureMessage(incoming.Sender, reason, text));
    }

    /// <summary>A channel that the server wants to open waits for its answer.</summary>
    internal void OnUndecided() => Interlocked.Increment(ref _undecided);

    /// <summary>It has its answer.</summary>
    internal void OnDecided() => Interlocked.Decrement(ref _undecided);

    private void OnChannelOpen(ref SshReader reader)
    {
        var incoming = new IncomingChannel(this, ref reader);
        if (!_acceptors.TryGetValue(incoming.Type, out var accept))
        {
            incoming.Refuse(
                OpenFailureReason.AdministrativelyProhibited,
                $"no {Printable.Text(incoming.Type, 64)} channel was asked for");
        }
        else if (ChannelCount + Volatile.Read(ref _undecided) > MaxChannels)
        {
            incoming.Refuse(OpenFailureReason.ResourceShortage, $"there are {MaxChannels} channels already");
        }
        else
        {
            accept(incoming);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information, Message = "refused a {Type} channel that the server tried to open: {Reason}")]
    private partial void LogChannelRefused(string type, string reason);
}
