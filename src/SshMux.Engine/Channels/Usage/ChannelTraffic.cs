namespace SshMux.Engine.Channels.Usage;

/// <summary>How much has gone through a channel, how fast it goes, and who watches it.</summary>
internal sealed class ChannelTraffic
{
    private static readonly Func<long> Clock = static () => Environment.TickCount64;

    private readonly RateMeter _sendRate = new(Clock);
    private readonly RateMeter _receiveRate = new(Clock);
    private volatile IChannelWatcher[] _watchers = [];
    private long _sent;
    private long _received;

    /// <summary>Bytes that have gone to the server.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Bytes that have come from the server, error output among them.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Bytes per second to the server, now.</summary>
    public long SendRate => _sendRate.Rate;

    /// <summary>Bytes per second from the server, now.</summary>
    public long ReceiveRate => _receiveRate.Rate;

    /// <summary>Whether somebody sees what passes.</summary>
    public bool IsWatched => _watchers.Length > 0;

    /// <summary>Data has been sent. For one sender at a time.</summary>
    public void NoteSent(ReadOnlySpan<byte> data)
    {
        Volatile.Write(ref _sent, _sent + data.Length);
        _sendRate.Add(data.Length);
        Tell(ChannelFlow.Input, data);
    }

    /// <summary>Data has arrived. For the receive loop.</summary>
    public void NoteReceived(ChannelFlow flow, ReadOnlySpan<byte> data)
    {
        Volatile.Write(ref _received, _received + data.Length);
        _receiveRate.Add(data.Length);
        Tell(flow, data);
    }

    /// <summary>From now on somebody sees what passes.</summary>
    public void Watch(IChannelWatcher watcher)
    {
        lock (_sendRate) _watchers = [.. _watchers, watcher];
    }

    /// <summary>Somebody has seen enough; a call may be under way still.</summary>
    public void Unwatch(IChannelWatcher watcher)
    {
        lock (_sendRate) _watchers = [.. _watchers.Where(one => one != watcher)];
    }

    private void Tell(ChannelFlow flow, ReadOnlySpan<byte> data)
    {
        foreach (var watcher in _watchers) watcher.OnData(flow, data);
    }
}
