using SshMux.Engine.Channels;

namespace SshMux.Engine.Streams;

/// <summary>What a connection carries with its ends in this process, as streams.</summary>
internal static class ConnectionStreams
{
    /// <summary>Runs a command, shell or subsystem with its streams in this process.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ChannelOpenRefused"/>, <see cref="SshError.RequestRefused"/>, or why the connection ended.
    /// </exception>
    public static async Task<RemoteProcess> StartAsync(
        this ISessionSource sessions, SessionRequest request, CancellationToken cancellationToken)
    {
        var process = new ChannelProcess();
        await process.StartAsync(sessions, request, cancellationToken).ConfigureAwait(false);
        return process;
    }

    /// <summary>Has the server connect to a TCP port, and gives the connection as a stream.</summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    public static async Task<ChannelStream> OpenStreamAsync(
        this SshConnection connection, string host, int port, CancellationToken cancellationToken)
    {
        var stream = new ChannelStream();
        await connection.OpenDirectTcpipAsync(host, port, "127.0.0.1", 0, stream, cancellationToken)
            .ConfigureAwait(false);
        return stream;
    }

    /// <summary>Has the server connect to a unix socket there, and gives the connection as a stream.</summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    public static async Task<ChannelStream> OpenStreamAsync(
        this SshConnection connection, string path, CancellationToken cancellationToken)
    {
        var stream = new ChannelStream();
        await connection.OpenDirectStreamLocalAsync(path, stream, cancellationToken).ConfigureAwait(false);
        return stream;
    }
}
