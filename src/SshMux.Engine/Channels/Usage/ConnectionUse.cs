using SshMux.Engine.Transport;

namespace SshMux.Engine.Channels.Usage;

/// <summary>Counts what a connection's channels are used for, and tells the transport.</summary>
internal sealed class ConnectionUse(IMessageTransport transport)
{
    private readonly Lock _lock = new();
    private int _terminals;
    private int _bulk;

    /// <summary>A channel is used for something else now; one that has gone, for <see cref="ChannelUse.Light"/>.</summary>
    public void Change(ChannelUse from, ChannelUse to)
    {
        if (from == to) return;
        lock (_lock)
        {
            var before = (_terminals > 0, _bulk == 0);
            Count(from, -1);
            Count(to, 1);
            var after = (HasTerminals: _terminals > 0, IsInteractive: _bulk == 0);

            // Under the lock: the transport must not hear of it in another order.
            if (after != before) transport.NoteUse(after.HasTerminals, after.IsInteractive);
        }
    }

    private void Count(ChannelUse use, int by)
    {
        if (use == ChannelUse.Terminal) _terminals += by;
        else if (use == ChannelUse.Bulk) _bulk += by;
    }
}
