using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;

namespace SshMux.Engine.Mux.Master;

/// <summary>The terminal of a client's session, of whose size the server is told.</summary>
/// <param name="channel">The session's channel, for which a terminal was asked.</param>
/// <param name="descriptors">The session's descriptors, of which the terminal is one.</param>
/// <param name="size">The size that the server knows.</param>
internal sealed class MuxSessionTerminal(Channel channel, DescriptorChannel descriptors, TerminalSize size)
{
    private readonly Lock _lock = new();
    private TerminalSize _size = size;
    private bool _forgotten;

    /// <summary>Reads the size again, and tells the server if it has changed.</summary>
    public void Update()
    {
        lock (_lock)
        {
            if (_forgotten || descriptors.GetTerminalSize() is not { } size || size == _size) return;
            _size = size;
            channel.ChangeWindow(size);
        }
    }

    /// <summary>The server gave no terminal, or the client has gone: nobody is told any more.</summary>
    public void Forget()
    {
        lock (_lock) _forgotten = true;
    }
}
