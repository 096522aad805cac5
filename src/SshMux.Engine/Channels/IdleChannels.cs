using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Channels;

/// <summary>
/// ChannelTimeout of ssh_config(5): channels that nobody uses any more are closed. Those of clients in proxy mode are not
/// looked at: such a client has a configuration of its own.
/// </summary>
internal sealed partial class IdleChannels(ConnectionContext connection, ILogger logger)
{
    // With it, an idle channel's handler hears of the end while it hears of nothing else.
    private readonly Lock _lock = new();

    /// <summary>Closes channels that have been silent for too long, from now on.</summary>
    public void Start(ChannelTimeouts timeouts)
    {
        ArgumentNullException.ThrowIfNull(timeouts);
        if (timeouts.Shortest is not { } shortest || !connection.Clock.TryStart()) return;
        _ = WatchAsync(timeouts, shortest);
    }

    /// <summary>Closes none until the scope is left; costs nothing where none is ever closed.</summary>
    public Lock.Scope Pause() => connection.Clock.IsRunning ? _lock.EnterScope() : default;

    private async Task WatchAsync(ChannelTimeouts timeouts, TimeSpan shortest)
    {
        var wait = shortest;
        var ended = connection.Ended;
        using var stop = new CancellationTokenSource();
        while (true)
        {
            var elapsing = Task.Delay(wait, connection.Clock.Time, stop.Token);
            if (await Task.WhenAny(ended, elapsing).ConfigureAwait(false) == ended) break;
            lock (_lock) wait = CloseThoseDue(timeouts, shortest);
        }

        await stop.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Gives the time until the next one can be due; one that is opened meanwhile is not sooner.</summary>
    private TimeSpan CloseThoseDue(ChannelTimeouts timeouts, TimeSpan shortest)
    {
        var clock = connection.Clock;
        var now = clock.Time.GetTimestamp();
        var next = shortest;
        foreach (var slot in connection.Table.Slots)
        {
            if (slot is not Channel { LastUsed: > 0 and var used } channel) continue;
            if (IsDue(timeouts.Find(channel.TimeoutType), used) is { } own) Close(channel, own);
            else if (IsDue(timeouts.Global, clock.LastUse) is { } all) Close(channel, all);
        }

        return next;

        TimeSpan? IsDue(TimeSpan? limit, long since)
        {
            if (limit is not { } time) return null;
            var left = time - clock.Time.GetElapsedTime(since, now);
            if (left <= TimeSpan.Zero) return time;
            if (left < next) next = left;
            return null;
        }

        void Close(Channel channel, TimeSpan limit)
        {
            LogIdle(channel.LocalId, channel.TimeoutType, limit.TotalSeconds);
            channel.EndAtOnce(new SshException(
                SshError.Stopped,
                $"channel {channel.LocalId} was not used for {limit.TotalSeconds} seconds (ChannelTimeout)"));
            connection.Table.TellRemoved();
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "channel {Channel} ({Type}): closing after {Seconds} seconds of inactivity (ChannelTimeout)")]
    private partial void LogIdle(uint channel, string type, double seconds);
}
