using System.Buffers.Binary;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Proxied;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

// Global requests (RFC 4254 section 4 and 7.1). Their replies have no number: the server's come in the order of the
// requests, and so every request of the client is one to the server, whatever becomes of it.
internal sealed partial class ProxyClient
{
    /// <summary>More than any configuration has; who does not wait for replies is not to fill the memory.</summary>
    private const int MaxUnanswered = 4096;

    private readonly HashSet<ForwardEndpoint> _forwards = [];
    private int _unanswered;

    private void HandleGlobalRequest(ref SshReader reader)
    {
        var type = Encoding.ASCII.GetString(reader.ReadString());
        var wantReply = reader.ReadBoolean();
        switch (type)
        {
            case GlobalRequestTypes.TcpipForward:
                Listen(type, ReadAddress(ref reader), wantReply);
                break;
            case GlobalRequestTypes.StreamLocalForward:
                Listen(type, ReadPath(ref reader), wantReply);
                break;
            case GlobalRequestTypes.CancelTcpipForward:
                StopListening(type, ReadAddress(ref reader), wantReply);
                break;
            case GlobalRequestTypes.CancelStreamLocalForward:
                StopListening(type, ReadPath(ref reader), wantReply);
                break;
            default:
                // Among them no-more-sessions@openssh.com, which is not for one client to say.
                if (wantReply) Refuse();
                break;
        }
    }

    private static ForwardEndpoint ReadAddress(ref SshReader reader)
    {
        var host = ProxyRequestCheck.ReadName(ref reader);
        var port = reader.ReadUInt32();
        reader.ExpectEnd("a request for a remote forward");
        return port <= ushort.MaxValue
            ? new ForwardEndpoint(host, (int)port)
            : throw Broken($"asked for a forward of port {port}");
    }

    private static ForwardEndpoint ReadPath(ref SshReader reader)
    {
        var path = ProxyRequestCheck.ReadName(ref reader);
        reader.ExpectEnd("a request for a remote forward");
        return ForwardEndpoint.ForPath(path);
    }

    private void Listen(string type, ForwardEndpoint listen, bool wantReply) =>
        Request(type, listen, (success, data) =>
        {
            if (success) OnListening(listen, data);
            if (wantReply) Reply(success, data);
        });

    private void OnListening(ForwardEndpoint listen, ReadOnlySpan<byte> data)
    {
        if (listen.Port == 0 && data.Length >= 4)
        {
            listen = listen with { Port = (int)(BinaryPrimitives.ReadUInt32BigEndian(data) & ushort.MaxValue) };
        }

        _connection.RemoteForwards.Add(listen, incoming => incoming.PassOn(this));
        lock (_lock)
        {
            if (!_gone)
            {
                _forwards.Add(listen);
                return;
            }
        }

        Cancel(listen);
    }

    private void StopListening(string type, ForwardEndpoint listen, bool wantReply)
    {
        bool isOurs;
        lock (_lock) isOurs = _forwards.Remove(listen);
        if (!isOurs)
        {
            if (wantReply) Refuse();
            return;
        }

        Request(type, listen, (success, data) =>
        {
            _connection.RemoteForwards.Remove(listen);
            if (wantReply) Reply(success, data);
        });
    }

    /// <summary>The client has gone: nobody waits for the answers.</summary>
    private void CancelForwards()
    {
        ForwardEndpoint[] forwards;
        lock (_lock)
        {
            forwards = [.. _forwards];
            _forwards.Clear();
        }

        try
        {
            foreach (var listen in forwards) Cancel(listen);
        }
        catch (SshException)
        {
            // The connection has ended, and with it the listeners.
        }
    }

    /// <summary>Of its own accord, and so without a look at how much the client has asked for.</summary>
    private void Cancel(ForwardEndpoint listen) => _ = _connection.RequestAsync(
        listen.IsPath ? GlobalRequestTypes.CancelStreamLocalForward : GlobalRequestTypes.CancelTcpipForward,
        Fields(listen),
        (_, _) => _connection.RemoteForwards.Remove(listen));

    private void Request(string type, ForwardEndpoint listen, GlobalReply onReply) =>
        Request(type, Fields(listen), onReply);

    private static byte[] Fields(ForwardEndpoint listen)
    {
        var fields = new byte[SshWriter.StringLength(listen.Host) + (listen.IsPath ? 0 : 4)];
        var writer = new SshWriter(fields);
        writer.WriteString(listen.Host);
        if (!listen.IsPath) writer.WriteUInt32((uint)listen.Port);
        return fields;
    }

    private void Request(string type, byte[] fields, GlobalReply onReply)
    {
        if (Interlocked.Increment(ref _unanswered) > MaxUnanswered) throw Broken("makes too many requests at once");
        _ = _connection.RequestAsync(
            type,
            fields,
            (success, data) =>
            {
                Interlocked.Decrement(ref _unanswered);
                onReply(success, data);
            });
    }

    /// <summary>Refuses in the request's turn.</summary>
    private void Refuse() => Request(GlobalRequestTypes.KeepAlive, [], (_, _) => Reply(success: false, []));

    private void Reply(bool success, ReadOnlySpan<byte> data)
    {
        if (success) _link.Send(new RequestSuccessMessage(data));
        else _link.Send(new RequestFailureMessage());
        CheckQueue();
    }
}
