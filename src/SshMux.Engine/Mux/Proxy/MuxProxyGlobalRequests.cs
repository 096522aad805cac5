using System.Buffers.Binary;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Proxied;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Proxy;

/// <summary>
/// Global requests of a client in proxy mode (RFC 4254 section 4 and 7.1), and the remote forwards that it got by them.
/// Their replies have no number: the server's come in the order of the requests, and so every request of the client is
/// one to the server, whatever becomes of it.
/// </summary>
/// <param name="connection">The shared connection.</param>
/// <param name="outbox">What goes to the client.</param>
/// <param name="channels">Is offered the connections that come to the forwards.</param>
/// <param name="mux">The master's lock.</param>
internal sealed class MuxProxyGlobalRequests(
    SshConnection connection, MuxProxyOutbox outbox, IProxiedChannelOwner channels, MuxLock mux)
{
    /// <summary>More than any configuration has; who does not wait for replies is not to fill the memory.</summary>
    private const int MaxUnanswered = 4096;

    private readonly Lock _lock = new();
    private readonly HashSet<ForwardEndpoint> _forwards = [];
    private bool _gone;
    private int _unanswered;

    /// <summary>SSH_MSG_GLOBAL_REQUEST.</summary>
    /// <exception cref="SshException">It is malformed, or one too many.</exception>
    public void Handle(ref SshReader reader)
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

    /// <summary>Refuses a request that is longer than a packet to the server may be.</summary>
    /// <exception cref="SshException">It is malformed.</exception>
    public void RefuseTooLong(ref SshReader reader)
    {
        reader.ReadString();
        if (reader.ReadBoolean()) Refuse();
    }

    /// <summary>The client has gone: cancels its forwards. Nobody waits for the answers.</summary>
    public void Leave()
    {
        ForwardEndpoint[] forwards;
        lock (_lock)
        {
            _gone = true;
            forwards = [.. _forwards];
            _forwards.Clear();
        }

        foreach (var listen in forwards) Cancel(listen);
    }

    private static ForwardEndpoint ReadAddress(ref SshReader reader)
    {
        var host = MuxProxyRequestCheck.ReadName(ref reader);
        var port = reader.ReadUInt32();
        reader.ExpectEnd("a request for a remote forward");
        return port <= ushort.MaxValue
            ? new ForwardEndpoint(host, (int)port)
            : throw MuxProxyOutbox.Broken($"asked for a forward of port {port}");
    }

    private static ForwardEndpoint ReadPath(ref SshReader reader)
    {
        var path = MuxProxyRequestCheck.ReadName(ref reader);
        reader.ExpectEnd("a request for a remote forward");
        return ForwardEndpoint.ForPath(path);
    }

    private void Listen(string type, ForwardEndpoint listen, bool wantReply)
    {
        if (mux.Description is not null)
        {
            // A lock that lets wait does not here: replies have to come in the order of the requests.
            if (wantReply) Refuse();
            return;
        }

        Request(type, listen, (success, data) =>
        {
            if (success) OnListening(listen, data);
            if (wantReply) Reply(success, data);
        });
    }

    private void OnListening(ForwardEndpoint listen, ReadOnlySpan<byte> data)
    {
        if (listen.Port == 0 && data.Length >= 4)
        {
            listen = listen with { Port = (int)(BinaryPrimitives.ReadUInt32BigEndian(data) & ushort.MaxValue) };
        }

        connection.RemoteForwards.Add(listen, incoming => incoming.PassOn(channels));
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
            connection.RemoteForwards.Remove(listen);
            if (wantReply) Reply(success, data);
        });
    }

    /// <summary>Of its own accord, and so without a look at how much the client has asked for.</summary>
    private void Cancel(ForwardEndpoint listen) => _ = connection.RemoteForwards.StopListeningAsync(listen);

    private void Request(string type, ForwardEndpoint listen, GlobalReply onReply) =>
        Request(type, RemoteForwards.FieldsOf(listen), onReply);

    private void Request(string type, byte[] fields, GlobalReply onReply)
    {
        if (Interlocked.Increment(ref _unanswered) > MaxUnanswered)
        {
            throw MuxProxyOutbox.Broken("makes too many requests at once");
        }

        _ = connection.RequestAsync(
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
        if (success) outbox.Send(new RequestSuccessMessage(data));
        else outbox.Send(new RequestFailureMessage());
    }
}
