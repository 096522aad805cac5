using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Connecting;

/// <summary>
/// The connection to a host that a jump host makes: a channel of the jump host's connection, which ends with it.
/// </summary>
internal sealed class ProxyJumpStream(string name, SshConnection connection, ChannelStream channel) : UnseekableStream
{
    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await channel.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is SshException reason)
        {
            var named = ProxyJumpHost.Named(name, reason);
            throw new IOException(named.Message, named);
        }
    }

    /// <inheritdoc />
    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        channel.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the channel, and with it the connection.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            channel.Dispose();

            // Ends by itself; whoever wants to wait for it disposes asynchronously.
            connection.Close(new SshException(SshError.Stopped, "the connection was closed on this side"));
        }

        base.Dispose(disposing);
    }
}
