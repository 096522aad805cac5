using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>The names of unix sockets: the path that a listener was bound to, which its connections have, too.</summary>
internal static class PeerName
{
    private const int FamilyLength = 2;

    /// <summary>
    /// The name of what a descriptor is connected to, as bytes; null if it is no connected unix socket, or the other end
    /// is at no path.
    /// </summary>
    public static byte[]? Of(SafeHandle descriptor) => Ask(descriptor, Syscall.getpeername);

    /// <summary>The name of the socket itself, as bytes; null if it is no unix socket, or at no path.</summary>
    public static byte[]? OfOwn(SafeHandle socket) => Ask(socket, Syscall.getsockname);

    private static byte[]? Ask(SafeHandle descriptor, Func<int, Sockaddr, int> ask)
    {
        var held = false;
        try
        {
            descriptor.DangerousAddRef(ref held);
            var name = new SockaddrStorage();
            if (ask((int)descriptor.DangerousGetHandle(), name) != 0) return null;
            if (name.sa_family != UnixAddressFamily.AF_UNIX) return null;

            // Mono.Unix does not tell the length of a peer's name. There is room for more than a path, so a NUL ends it, and
            // no name begins with one.
            var path = name.data.AsSpan(FamilyLength);
            var end = path.IndexOf((byte)0);
            return end == 0 ? null : path[..end].ToArray();
        }
        finally
        {
            if (held) descriptor.DangerousRelease();
        }
    }
}
