using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding;

/// <summary>Agents at Unix sockets.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class SocketAgentEnds : AgentEnds
{
    /// <inheritdoc/>
    public override async Task<IChannelEnds> ConnectAsync(
        string path, Func<Stream, CancellationToken, Task> prepare, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            ForwardedSocket.CheckReserve(socket);
            await socket.ConnectAsync(UnixSocketEndPoint.Of(path), cancellationToken).ConfigureAwait(false);
            using var stream = new NetworkStream(socket, ownsSocket: false);
            await prepare(stream, cancellationToken).ConfigureAwait(false);
            return SocketEnds.Take(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
