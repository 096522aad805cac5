using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>What is done with sockets in another way where there is epoll, and where there is not. Chosen once.</summary>
internal abstract class SystemSockets
{
    /// <summary>
    /// The switch of <see cref="AppContext"/> that asks for the portable ones on Linux, too. It is for tests and
    /// measurements, and must be set before anything of this engine is used.
    /// </summary>
    public const string PortableSwitch = "SshMux.Engine.PortableSockets";

    /// <summary>Those of this process.</summary>
    public static SystemSockets Current { get; } =
        OperatingSystem.IsLinux() && !(AppContext.TryGetSwitch(PortableSwitch, out var portable) && portable)
            ? new ReadySockets()
            : new PortableSockets();

    /// <summary>Whether the readiness thread waits for sockets, as for other descriptors; else they are .NET's own.</summary>
    [UnsupportedOSPlatformGuard("windows")]
    public static bool AreDescriptors => Current is ReadySockets;

    /// <summary>Connects a socket to one address.</summary>
    /// <exception cref="SocketException">Why not.</exception>
    /// <exception cref="SshException">The system cannot wait for one more socket.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract Task ConnectAsync(Socket socket, EndPoint endPoint, CancellationToken cancellationToken);

    /// <summary>Takes over a connected socket that nothing has waited for but <see cref="ConnectAsync"/>.</summary>
    /// <exception cref="SshException">The system cannot wait for one more socket; it is closed.</exception>
    public abstract SocketStream Open(Socket socket);

    /// <summary>Reads from a connected socket, which can still be given to others when the reader is disposed.</summary>
    /// <exception cref="SshException">The system has no descriptor left.</exception>
    public abstract ISocketReader OpenReader(Socket socket);

    /// <summary>Whether a socket that was just opened is one of the last that this process may open.</summary>
    public abstract bool IsReserveReached(Socket socket);

    /// <summary>
    /// Limits what the system takes of a connection to send that the network does not take yet: a keystroke would wait
    /// behind all of it, megabytes otherwise.
    /// </summary>
    public abstract void LimitUnsent(Socket socket);

    /// <summary>Binds a unix socket to a path that nothing has yet, which gets just these permissions.</summary>
    /// <exception cref="SocketException">The path cannot be bound.</exception>
    /// <exception cref="SshException"><see cref="SshError.NotSupported"/>: something else is there now.</exception>
    public abstract void BindPath(Socket socket, string path, UnixFileMode mode);
}
