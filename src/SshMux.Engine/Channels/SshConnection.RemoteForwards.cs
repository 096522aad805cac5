using System.Buffers.Binary;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Channels;

// Listening on the server (RFC 4254 section 7.1; OpenSSH's PROTOCOL section 2.4).
public sealed partial class SshConnection
{
    private RemoteForwardTable? _remoteForwards;

    /// <summary>Who takes the connections that the server accepts for us.</summary>
    internal RemoteForwardTable RemoteForwards
    {
        get
        {
            lock (_channelsLock) return _remoteForwards ??= new RemoteForwardTable(this, _logger);
        }
    }

    /// <summary>
    /// Has the server listen (tcpip-forward or streamlocal-forward@openssh.com). Gives where, with the port that the
    /// server chose if port 0 was asked for; null if it refuses.
    /// </summary>
    /// <param name="listen">The address as it goes to the server, where "" means all.</param>
    /// <param name="accept">
    /// Takes the connections, from the first one on; see <see cref="RemoteForwardTable.Add"/>.
    /// </param>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    internal async Task<ForwardEndpoint?> ListenRemotelyAsync(ForwardEndpoint listen, Action<IncomingChannel> accept)
    {
        var table = RemoteForwards;
        ForwardEndpoint? bound = null;
        var type = listen.IsPath ? "streamlocal-forward@openssh.com" : "tcpip-forward";
        await RequestAsync(type, ListenFields(listen), OnReply).ConfigureAwait(false);
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

            if (bound is not null) table.Add(bound, accept);
        }
    }

    /// <summary>
    /// Has the server stop listening (cancel-tcpip-forward or cancel-streamlocal-forward@openssh.com). What it has
    /// accepted until then is still taken. False if the server did not listen there.
    /// </summary>
    /// <exception cref="SshException">Why the connection has ended.</exception>
    internal async Task<bool> StopListeningRemotelyAsync(ForwardEndpoint bound)
    {
        var type = bound.IsPath ? "cancel-streamlocal-forward@openssh.com" : "cancel-tcpip-forward";
        return await RequestAsync(type, ListenFields(bound), (_, _) => RemoteForwards.Remove(bound))
            .ConfigureAwait(false);
    }

    private static byte[] ListenFields(ForwardEndpoint listen)
    {
        var fields = new byte[SshWriter.StringLength(listen.Host) + (listen.IsPath ? 0 : 4)];
        var writer = new SshWriter(fields);
        writer.WriteString(listen.Host);
        if (!listen.IsPath) writer.WriteUInt32((uint)listen.Port);
        return fields;
    }
}
