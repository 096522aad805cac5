using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// Listening on the server: its listeners, and who takes the connections that it accepts there (tcpip-forward and
/// forwarded-tcpip, RFC 4254 section 7; streamlocal-forward@openssh.com and forwarded-streamlocal@openssh.com, OpenSSH's
/// PROTOCOL section 2.4). Connections from elsewhere are refused.
/// </summary>
internal sealed partial class RemoteForwards(
    GlobalRequests requests, IncomingChannels incoming, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ForwardEndpoint, Action<IncomingChannel>> _listeners = [];

    /// <summary>The fields of the requests to listen and to stop it: the address and port, or the path.</summary>
    public static byte[] FieldsOf(ForwardEndpoint listen)
    {
        var fields = new byte[SshWriter.StringLength(listen.Host) + (listen.IsPath ? 0 : 4)];
        var writer = new SshWriter(fields);
        writer.WriteString(listen.Host);
        if (!listen.IsPath) writer.WriteUInt32((uint)listen.Port);
        return fields;
    }

    /// <summary>
    /// Has the server listen (tcpip-forward or streamlocal-forward@openssh.com). Gives where, with the port that the
    /// server chose if port 0 was asked for; null if it refuses.
    /// </summary>
    /// <param name="listen">The address as it goes to the server, where "" means all.</param>
    /// <param name="accept">Takes the connections, from the first one on; see <see cref="Add"/>.</param>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    public async Task<ForwardEndpoint?> ListenAsync(ForwardEndpoint listen, Action<IncomingChannel> accept)
    {
        AcceptChannels();
        ForwardEndpoint? bound = null;
        var type = listen.IsPath ? GlobalRequestTypes.StreamLocalForward : GlobalRequestTypes.TcpipForward;
        await requests.RequestAsync(type, FieldsOf(listen), OnReply).ConfigureAwait(false);
        return bound;

        void OnReply(bool success, ReadOnlySpan<byte> data)
        {
            if (!success) return;
            bound = listen;
            if (listen.Port == 0)
            {
                // A server that says no sensible port has not understood; then the forward is as good as refused.
                var port = data.Length >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(data) : 0;
                bound = port is > 0 and <= ushort.MaxValue ? listen with { Port = (int)port } : null;
            }

            if (bound is not null) Add(bound, accept);
        }
    }

    /// <summary>
    /// Has the server stop listening (cancel-tcpip-forward or cancel-streamlocal-forward@openssh.com). What it has
    /// accepted until then is still taken. False if the server did not listen there.
    /// </summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    public async Task<bool> StopListeningAsync(ForwardEndpoint bound)
    {
        var type = bound.IsPath ? GlobalRequestTypes.CancelStreamLocalForward : GlobalRequestTypes.CancelTcpipForward;
        return await requests.RequestAsync(type, FieldsOf(bound), (_, _) => Remove(bound)).ConfigureAwait(false);
    }

    /// <summary>
    /// Has <paramref name="accept"/> decide about the connections of one listener; called on the receive loop, it must
    /// not block.
    /// </summary>
    /// <param name="listen">
    /// The address as the request named it to the server, with the port that the server listens on; or the socket's
    /// path.
    /// </param>
    /// <param name="accept">Accepts or refuses each channel, then or later.</param>
    public void Add(ForwardEndpoint listen, Action<IncomingChannel> accept)
    {
        AcceptChannels();
        lock (_lock) _listeners[listen] = accept;
    }

    /// <summary>Takes no connections of a listener any more.</summary>
    public void Remove(ForwardEndpoint listen)
    {
        lock (_lock) _listeners.Remove(listen);
    }

    private void AcceptChannels()
    {
        incoming.Accept(ChannelTypes.ForwardedTcpip, OnTcpip);
        incoming.Accept(ChannelTypes.ForwardedStreamLocal, OnStreamLocal);
    }

    private void OnTcpip(IncomingChannel channel)
    {
        var reader = new SshReader(channel.Fields.Span);
        var address = reader.ReadText();
        var port = reader.ReadUInt32();
        reader.ReadString(); // originator address
        reader.ReadUInt32(); // originator port
        var listen = port <= ushort.MaxValue ? new ForwardEndpoint(address, (int)port) : null;
        Dispatch(channel, listen, $"{address}:{port}");
    }

    private void OnStreamLocal(IncomingChannel channel)
    {
        var reader = new SshReader(channel.Fields.Span);
        var path = ByteText.Decode(reader.ReadString());
        reader.ReadString(); // reserved
        Dispatch(channel, ForwardEndpoint.ForPath(path), path);
    }

    private void Dispatch(IncomingChannel channel, ForwardEndpoint? listen, string name)
    {
        if (listen is not null && Find(listen) is { } accept)
        {
            accept(channel);
            return;
        }

        var shown = Printable.Text(name);
        LogUnknown(shown);
        channel.Refuse(OpenFailureReason.AdministrativelyProhibited, "unknown listener");
    }

    /// <summary>
    /// The listener by its name. Servers should repeat the address of the request, but some say where the connection
    /// came in; then the port decides, if it belongs to one listener alone.
    /// </summary>
    private Action<IncomingChannel>? Find(ForwardEndpoint listen)
    {
        lock (_lock)
        {
            if (_listeners.TryGetValue(listen, out var accept)) return accept;
            if (listen.IsPath) return null;
            Action<IncomingChannel>? only = null;
            foreach (var (other, candidate) in _listeners)
            {
                if (other.Port != listen.Port) continue;
                if (only is not null) return null;
                only = candidate;
            }

            return only;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error, Message = "the server forwards a connection to {Name}, where it was not asked to listen")]
    private partial void LogUnknown(string name);
}
