using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Usage;

namespace SshMux.Engine.Forwarding;

/// <summary>What has gone through a forward: the connections of now, and those that have ended.</summary>
internal sealed class ForwardTraffic
{
    private readonly Lock _lock = new();
    private readonly HashSet<ChannelTraffic> _open = [];
    private long _sent; // by those that have ended
    private long _received;

    /// <summary>Bytes that the connections have sent to the server, and that have come from it.</summary>
    public (long Sent, long Received) Total
    {
        get
        {
            lock (_lock) return (_sent + _open.Sum(one => one.Sent), _received + _open.Sum(one => one.Received));
        }
    }

    /// <summary>From now on a channel's traffic is the forward's, too.</summary>
    public void Add(Channel channel)
    {
        lock (_lock) _open.Add(channel.Traffic);
        channel.WhenRemoved(() => End(channel.Traffic));
    }

    private void End(ChannelTraffic traffic)
    {
        lock (_lock)
        {
            _open.Remove(traffic);
            _sent += traffic.Sent;
            _received += traffic.Received;
        }
    }
}
