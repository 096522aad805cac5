using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Channels;
using SshMux.Engine.DescriptorChannels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Forwarding;

/// <summary>
/// A connected socket as a channel's ends: its descriptor where the readiness thread carries descriptors, else a stream.
/// </summary>
internal static class SocketEnds
{
    private static readonly Func<Socket, IChannelEnds> Make = SystemSockets.AreDescriptors ? OfDescriptor : OfStream;

    /// <summary>Takes the socket over.</summary>
    /// <exception cref="SshException">The system has no descriptor left; the socket is closed.</exception>
    public static IChannelEnds Take(Socket socket)
    {
        try
        {
            var ends = Make(socket);
            LetGo(socket);
            return ends;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Ends that carry nothing before their channel is open. Until then the socket can be used, too; then it is to be
    /// let go of (<see cref="LetGo"/>).
    /// </summary>
    /// <exception cref="SshException">The system has no descriptor left.</exception>
    public static IChannelEnds Of(Socket socket) => Make(socket);

    /// <summary>The ends of a socket go on alone.</summary>
    public static void LetGo(Socket socket)
    {
        // They have a descriptor of their own: as long as the other one was open, too, the peer would not see the end.
        if (SystemSockets.AreDescriptors) socket.Dispose();
    }

    private static StreamChannel OfStream(Socket socket)
    {
        var stream = SystemSockets.Current.Open(socket);
        return new StreamChannel(stream, stream.ShutDownSending);
    }

    [UnsupportedOSPlatform("windows")]
    private static DescriptorChannel OfDescriptor(Socket socket) =>
        DescriptorChannel.ForSocket(DescriptorHandle.Duplicate(socket.SafeHandle));
}
