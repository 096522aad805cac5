namespace SshMux.Engine.Connection;

// How long ago it was used, for ChannelTimeout.
public sealed partial class Channel
{
    private long _lastUsed;

    /// <summary>When data came or went last, in the clock's milliseconds; 0 if that does not matter.</summary>
    internal long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>The type as ssh_config(5) names it.</summary>
    internal string TimeoutType => Type switch
    {
        "auth-agent@openssh.com" => "agent-connection",
        "x11" => "x11-connection",
        var type => type,
    };

    /// <summary>Closes the channel for good.</summary>
    internal void CloseIdle()
    {
        Volatile.Write(ref _lastUsed, 0);
        Close();
    }

    private void NoteUsed()
    {
        if (!Connection.TimesChannels || _closeSent) return;
        var now = Environment.TickCount64;
        Volatile.Write(ref _lastUsed, now);
        Connection.NoteChannelUse(now);
    }
}
