using SshMux.Engine.Channels;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// How many bytes of our own are written among the peer's: what has been written is accounted to the peer's window, and
/// these are not the peer's.
/// </summary>
internal sealed class OwnWords
{
    // From before there was a channel, and so a window.
    private int _early;

    /// <summary>So many bytes of our own are about to be written.</summary>
    public void Add(Channel? channel, int bytes)
    {
        if (channel is null) Interlocked.Add(ref _early, bytes);
        else channel.Consumed(-bytes);
    }

    /// <summary>So many bytes have been written, of whomever: gives those back to the window that are the peer's.</summary>
    public void OnWritten(Channel? channel, int bytes)
    {
        while (Volatile.Read(ref _early) is > 0 and var early)
        {
            var taken = Math.Min(early, bytes);
            if (Interlocked.CompareExchange(ref _early, early - taken, early) != early) continue;
            bytes -= taken;
            break;
        }

        if (bytes > 0) channel?.Consumed(bytes);
    }
}
