using SshMux.Engine.Channels.Messages;

namespace SshMux.Engine.Channels;

// How long ago it was used, for ChannelTimeout.
public sealed partial class Channel
{
    private long _lastUsed;

    /// <summary>When data came or went last, in the clock's milliseconds; 0 if that does not matter.</summary>
    internal long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>It was closed because it was idle: the handler has heard of it, and nobody waits for the peer.</summary>
    internal bool WasIdle { get; set; }

    /// <summary>The type as ssh_config(5) names it.</summary>
    internal string TimeoutType => Type switch
    {
        ChannelTypes.Agent => "agent-connection",
        ChannelTypes.X11 => "x11-connection",
        var type => type,
    };

    /// <summary>
    /// Closes the channel, and does not wait for the peer to do so too, which may be when the program there ends.
    /// </summary>
    internal void CloseIdle(TimeSpan limit)
    {
        Volatile.Write(ref _lastUsed, 0);
        if (_closeSent) return;
        Close();
        if (!Connection.StopCounting(this)) return;
        FailRequests(null);
        _handler.OnClosed(new SshException(
            SshError.Stopped, $"channel {LocalId} was not used for {limit.TotalSeconds} seconds (ChannelTimeout)"));
    }

    private void NoteUsed()
    {
        if (!Connection.TimesChannels || _closeSent) return;
        var now = Environment.TickCount64;
        Volatile.Write(ref _lastUsed, now);
        Connection.NoteChannelUse(now);
    }
}
