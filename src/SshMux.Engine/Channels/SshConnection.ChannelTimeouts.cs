using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Channels;

// ChannelTimeout: channels that nobody uses any more are closed.
public sealed partial class SshConnection
{
    // With it, an idle channel's handler hears of the end while it hears of nothing else.
    private readonly Lock _idleLock = new();
    private long _lastChannelUse;

    /// <summary>Whether channels must note when they are used.</summary>
    internal bool TimesChannels { get; private set; }

    /// <summary>
    /// Closes channels that have been silent for too long. Those of clients in proxy mode are not counted: such a
    /// client has a configuration of its own.
    /// </summary>
    public void CloseIdleChannels(ChannelTimeouts timeouts)
    {
        ArgumentNullException.ThrowIfNull(timeouts);
        if (timeouts.Shortest is not { } shortest || TimesChannels) return;
        TimesChannels = true;
        _ = CloseIdleChannelsAsync(timeouts, shortest);
    }

    /// <summary>
    /// Has a channel count as gone, although its number stays taken until the peer has closed it, too. False if the
    /// peer has just done so.
    /// </summary>
    internal bool StopCounting(Channel channel)
    {
        lock (_channelsLock)
        {
            if (channel.LocalId >= _channels.Length || _channels[channel.LocalId] != channel) return false;
            channel.WasIdle = true;
            _channelCount--;
            return true;
        }
    }

    internal void NoteChannelUse(long now) => Volatile.Write(ref _lastChannelUse, now);

    private async Task CloseIdleChannelsAsync(ChannelTimeouts timeouts, TimeSpan shortest)
    {
        var wait = shortest;
        using var stop = new CancellationTokenSource();
        while (await Task.WhenAny(Ended, Task.Delay(wait, stop.Token)).ConfigureAwait(false) != Ended)
        {
            lock (_idleLock) wait = CloseThoseDue(timeouts, shortest);
        }

        await stop.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Gives the time until the next one can be due; one that is opened meanwhile is not sooner.</summary>
    private TimeSpan CloseThoseDue(ChannelTimeouts timeouts, TimeSpan shortest)
    {
        var now = Environment.TickCount64;
        var next = shortest;
        foreach (var slot in _channels)
        {
            if (slot is not Channel { LastUsed: > 0 and var used } channel) continue;
            if (IsDue(timeouts.Find(channel.TimeoutType), used) is { } own) Close(channel, own);
            else if (IsDue(timeouts.Global, Volatile.Read(ref _lastChannelUse)) is { } all) Close(channel, all);
        }

        return next;

        TimeSpan? IsDue(TimeSpan? limit, long since)
        {
            if (limit is not { } time) return null;
            var left = TimeSpan.FromMilliseconds(since - now) + time;
            if (left <= TimeSpan.Zero) return time;
            if (left < next) next = left;
            return null;
        }

        void Close(Channel channel, TimeSpan limit)
        {
            LogIdle(channel.LocalId, channel.TimeoutType, limit.TotalSeconds);
            channel.CloseIdle(limit);
            RaiseChannelRemoved();
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "channel {Channel} ({Type}): closing after {Seconds} seconds of inactivity (ChannelTimeout)")]
    private partial void LogIdle(uint channel, string type, double seconds);
}
