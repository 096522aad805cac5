using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding;

/// <summary>Joins a channel that the server opens with a socket that was connected for it.</summary>
internal static class ForwardedSocket
{
    /// <summary>
    /// Demands that a new socket is not one of the last descriptors of the process: a server that opens channels
    /// without end must not take those.
    /// </summary>
    /// <exception cref="SocketException">It is; it should be closed again.</exception>
    public static void CheckReserve(Socket socket)
    {
        if (!SystemSockets.Current.IsReserveReached(socket)) return;
        throw new SocketException((int)SocketError.TooManyOpenSockets, "too many descriptors are open");
    }

    /// <summary>
    /// Opens the channel; what comes and goes is the socket's, through <paramref name="wrap"/> if that is given. Takes
    /// the socket over. If it cannot be done the channel is refused.
    /// </summary>
    public static void Accept(
        IncomingChannel incoming, Socket socket, Func<IChannelEnds, IChannelHandler>? wrap = null)
    {
        IChannelEnds ends;
        try
        {
            ends = SocketEnds.Take(socket);
        }
        catch (SshException e)
        {
            incoming.Refuse(OpenFailureReason.ResourceShortage, e.Message);
            return;
        }

        Accept(incoming, ends, wrap);
    }

    /// <summary>
    /// Opens the channel; what comes and goes is that of the ends, through <paramref name="wrap"/> if that is given.
    /// </summary>
    public static void Accept(
        IncomingChannel incoming, IChannelEnds ends, Func<IChannelEnds, IChannelHandler>? wrap = null)
    {
        try
        {
            incoming.Accept(wrap?.Invoke(ends) ?? ends);
        }
        catch (SshException)
        {
            // The connection has ended, and with it whoever wanted the channel.
            ends.Abort();
        }
    }
}
