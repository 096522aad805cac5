using System.Buffers;
using SshMux.Engine.Channels;

namespace SshMux.Engine.Forwarding;

/// <summary>
/// A channel's ends that are found only when the channel is open. What arrives before waits for them, no more than the
/// channel's window.
/// </summary>
internal sealed class LateEnds : IChannelHandler
{
    private readonly Lock _lock = new();
    private ArrayBufferWriter<byte> _waiting = new();
    private volatile IChannelEnds? _ends;
    private Channel? _channel;
    private bool _isAtEof;
    private bool _isClosed;

    /// <summary>Goes on with the ends, which are aborted if the channel is closed already. From any thread.</summary>
    public void Take(IChannelEnds ends)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                ends.Abort();
                return;
            }

            ends.OnOpened(_channel!);
            if (_waiting.WrittenCount > 0) ends.OnData(_waiting.WrittenSpan);
            if (_isAtEof) ends.OnEof();
            _waiting = new();
            _ends = ends;
        }

        // It may have been called before, when they could not hear it.
        ends.OnWritable();
    }

    void IChannelHandler.OnOpened(Channel channel) => _channel = channel;

    void IChannelHandler.OnData(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (_ends is null)
            {
                _waiting.Write(data);
                return;
            }
        }

        _ends.OnData(data);
    }

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data)
    {
        if (_ends is { } ends) ends.OnExtendedData(data);
        else _channel!.Consumed(data.Length);
    }

    void IChannelHandler.OnEof()
    {
        lock (_lock)
        {
            if (_ends is null)
            {
                _isAtEof = true;
                return;
            }
        }

        _ends.OnEof();
    }

    void IChannelHandler.OnWritable() => _ends?.OnWritable();

    void IChannelHandler.OnExit(CommandExit exit) => _ends?.OnExit(exit);

    void IChannelHandler.OnPeerStoppedReading() => _ends?.OnPeerStoppedReading();

    void IChannelHandler.OnClosed(SshException? reason)
    {
        lock (_lock) _isClosed = true;
        _ends?.OnClosed(reason);
    }
}
