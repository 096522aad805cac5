using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>Who connected, or bound, the other end of a unix socket, as the kernel vouches for it (SO_PEERCRED).</summary>
internal readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int GetPeerCredentials = 17; // SO_PEERCRED

    /// <summary>Whether this system's kernel tells who is at the other end.</summary>
    public static bool AreTold => !OperatingSystem.IsWindows();

    /// <summary>Whether the peer runs as this process's effective user.</summary>
    public bool IsSameUser => UserId == Syscall.geteuid();

    /// <summary>Whether the peer runs as this process's effective user, or as root.</summary>
    public bool IsSameUserOrRoot => UserId == 0 || IsSameUser;

    /// <summary>Asks the kernel for the peer of a connected unix socket.</summary>
    /// <exception cref="SocketException">It is no connected unix socket.</exception>
    public static PeerCredentials Of(Socket socket)
    {
        Span<byte> bytes = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, GetPeerCredentials, bytes);
        var fields = MemoryMarshal.Cast<byte, uint>(bytes);
        return new PeerCredentials((int)fields[0], fields[1], fields[2]);
    }
}
