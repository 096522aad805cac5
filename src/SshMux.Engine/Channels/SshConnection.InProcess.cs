using SshMux.Engine.Streams;

namespace SshMux.Engine.Channels;

// Channels whose ends are streams in this process.
public sealed partial class SshConnection
{
    /// <summary>Runs a command, shell or subsystem with its streams in this process.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ChannelOpenRefused"/>, <see cref="SshError.RequestRefused"/>, or why the connection ended.
    /// </exception>
    public async Task<RemoteProcess> StartAsync(SessionRequest request, CancellationToken cancellationToken)
    {
        var process = new ChannelProcess();
        await process.StartAsync(this, request, cancellationToken).ConfigureAwait(false);
        return process;
    }

    /// <summary>Has the server connect to a TCP port, and gives the connection as a stream.</summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    public async Task<ChannelStream> OpenStreamAsync(string host, int port, CancellationToken cancellationToken)
    {
        var stream = new ChannelStream();
        await OpenDirectTcpipAsync(host, port, "127.0.0.1", 0, stream, cancellationToken).ConfigureAwait(false);
        return stream;
    }

    /// <summary>Has the server connect to a unix socket there, and gives the connection as a stream.</summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    public async Task<ChannelStream> OpenStreamAsync(string path, CancellationToken cancellationToken)
    {
        var stream = new ChannelStream();
        await OpenDirectStreamLocalAsync(path, stream, cancellationToken).ConfigureAwait(false);
        return stream;
    }
}
