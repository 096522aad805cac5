namespace SshMux.Engine.Channels;

// A session that was opened in advance.
public sealed partial class Channel
{
    /// <summary>
    /// Whether nobody has it yet: it does not count as open, and no time runs for it. Changed under the lock of the
    /// slot table.
    /// </summary>
    internal bool IsSpare { get; set; }

    /// <summary>Gives the channel, which is open, to the one who uses it.</summary>
    internal void HandOver(IChannelHandler handler)
    {
        NoteUsed();
        handler.OnOpened(this);
        _handler = handler;
    }
}
