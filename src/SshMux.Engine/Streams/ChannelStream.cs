using SshMux.Engine.Channels;

namespace SshMux.Engine.Streams;

/// <summary>
/// A connection made by the server on our behalf (direct-tcpip, a stdio forward) as one stream, both ways.
/// </summary>
internal sealed class ChannelStream : DuplexStream, IChannelHandler
{
    private readonly ChannelReadStream _input = new();
    private readonly ChannelWriteStream _output = new();
    private Channel? _channel;

    internal ChannelStream()
    {
    }

    /// <inheritdoc />
    public override void CompleteWriting() => _output.Dispose();

    /// <inheritdoc />
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _input.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc />
    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _output.WriteAsync(buffer, cancellationToken);

    void IChannelHandler.OnOpened(Channel channel)
    {
        _channel = channel;
        _input.Open(channel);
        _output.Open(channel);
    }

    void IChannelHandler.OnData(ReadOnlySpan<byte> data) => _input.Append(data);

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data) => _channel!.Consumed(data.Length);

    void IChannelHandler.OnEof() => _input.Complete(null);

    void IChannelHandler.OnWritable() => _output.OnWritable();

    void IChannelHandler.OnExit(CommandExit exit)
    {
    }

    void IChannelHandler.OnClosed(SshException? reason)
    {
        _input.Complete(reason);
        _output.Complete(reason);
    }

    /// <summary>Closes the channel both ways.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _channel?.Close();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }
}
