namespace SshMux.Engine.Channels.Usage;

/// <summary>
/// What a channel is used for, as its connection counts it, which decides how its packets travel.
/// </summary>
internal sealed class ReportedUse(ConnectionUse connection)
{
    private readonly Lock _lock = new();
    private ChannelUse _use;
    private bool _isOver;

    /// <summary>What it is used for now.</summary>
    public ChannelUse Use => _use;

    /// <summary>What it is used for from now on; nothing once the channel has gone.</summary>
    public void Set(ChannelUse use)
    {
        lock (_lock) SetLocked(use);
    }

    /// <summary>The channel has gone.</summary>
    public void End()
    {
        lock (_lock)
        {
            SetLocked(ChannelUse.Light);
            _isOver = true;
        }
    }

    private void SetLocked(ChannelUse use)
    {
        if (_isOver) return;
        connection.Change(_use, use);
        _use = use;
    }
}
