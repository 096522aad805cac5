namespace SshMux.Engine.Channels;

// Sessions that are opened before anybody wants one (SshMuxPrewarm).
public sealed partial class SshConnection
{
    private volatile SpareSessions? _spares;

    /// <summary>Keeps as many sessions open in advance from now on, for <see cref="OpenSessionAsync"/>.</summary>
    internal void KeepSpareSessions(int count)
    {
        var spares = new SpareSessions(this, count, _logger);
        _spares = spares;
        spares.Refill();
    }

    internal Task<Channel> OpenSpareAsync(SpareSession spare) =>
        OpenChannelAsync("session", "a session", [], spare, CancellationToken.None, isSpare: true);

    /// <summary>Has a spare session count as one that is used. False if it has gone meanwhile.</summary>
    internal bool TryTakeSpare(Channel channel)
    {
        lock (_channelsLock)
        {
            if (channel.LocalId >= _channels.Length || _channels[channel.LocalId] != channel) return false;
            channel.IsSpare = false;
            _channelCount++;
            return true;
        }
    }
}
