namespace SshMux.Engine.Channels.Usage;

/// <summary>
/// When the channels of a connection were used, for ChannelTimeout; it stands still where nobody wants to know.
/// </summary>
internal sealed class UseClock(TimeProvider time)
{
    private volatile bool _isRunning;
    private long _lastUse;

    /// <summary>Whether channels must note when they are used.</summary>
    public bool IsRunning => _isRunning;

    /// <summary>When any of them was used last, as a timestamp of the clock.</summary>
    public long LastUse => Volatile.Read(ref _lastUse);

    /// <summary>What time is measured with.</summary>
    public TimeProvider Time => time;

    /// <summary>Begins to run. False if it runs already.</summary>
    public bool TryStart()
    {
        if (_isRunning) return false;
        _isRunning = true;
        return true;
    }

    /// <summary>A channel is being used; gives the time.</summary>
    public long NoteUse()
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref _lastUse, now);
        return now;
    }
}
