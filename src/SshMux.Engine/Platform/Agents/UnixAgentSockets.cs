using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Platform.Agents;

/// <summary>Agents at Unix sockets; SSH_AUTH_SOCK names the user's.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixAgentSockets : AgentSockets
{
    /// <inheritdoc/>
    public override string WhyNone => "SSH_AUTH_SOCK is not set";

    /// <inheritdoc/>
    public override string? Usual(string? variable) => variable;

    /// <inheritdoc/>
    public override bool Exists(string path) => UnixPath.Exists(path);

    /// <inheritdoc/>
    public override async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(UnixSocketEndPoint.Of(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
