using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

/// <summary>
/// The listeners that the server has for us, and who takes the connections that it accepts there (forwarded-tcpip, RFC
/// 4254 section 7.2, and forwarded-streamlocal@openssh.com, OpenSSH's PROTOCOL section 2.4). Others are refused.
/// </summary>
internal sealed partial class RemoteForwardTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ForwardEndpoint, Action<IncomingChannel>> _listeners = [];
    private readonly ILogger _logger;

    public RemoteForwardTable(SshConnection connection, ILogger logger)
    {
        _logger = logger;
        connection.AcceptChannels("forwarded-tcpip", OnTcpip);
        connection.AcceptChannels("forwarded-streamlocal@openssh.com", OnStreamLocal);
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
        lock (_lock) _listeners[listen] = accept;
    }

    public void Remove(ForwardEndpoint listen)
    {
        lock (_lock) _listeners.Remove(listen);
    }

    private void OnTcpip(IncomingChannel incoming)
    {
        var reader = new SshReader(incoming.Fields.Span);
        var address = reader.ReadText();
        var port = reader.ReadUInt32();
        reader.ReadString(); // originator address
        reader.ReadUInt32(); // originator port
        var listen = port <= ushort.MaxValue ? new ForwardEndpoint(address, (int)port) : null;
        Dispatch(incoming, listen, $"{address}:{port}");
    }

    private void OnStreamLocal(IncomingChannel incoming)
    {
        var reader = new SshReader(incoming.Fields.Span);
        var path = ByteText.Decode(reader.ReadString());
        reader.ReadString(); // reserved
        Dispatch(incoming, ForwardEndpoint.ForPath(path), path);
    }

    private void Dispatch(IncomingChannel incoming, ForwardEndpoint? listen, string name)
    {
        if (listen is not null && Find(listen) is { } accept)
        {
            accept(incoming);
            return;
        }

        var shown = Printable.Text(name);
        LogUnknown(shown);
        incoming.Refuse(OpenFailureReason.AdministrativelyProhibited, "unknown listener");
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
