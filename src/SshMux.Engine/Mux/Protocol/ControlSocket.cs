using System.Net.Sockets;
using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Configuration;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>Control sockets in the file system: what is at a path, and connecting to it.</summary>
internal static class ControlSocket
{
    /// <summary>
    /// Whether processes can share a master here by a control socket: nobody is let in, or trusted, whom the kernel does
    /// not vouch for.
    /// </summary>
    [UnsupportedOSPlatformGuard("windows")]
    public static bool IsPossible => PeerCredentials.AreTold;

    /// <summary>What is thrown where it is not <see cref="IsPossible"/>.</summary>
    public static SshException NotPossible() => new(
        SshError.NotSupported,
        "there are no control sockets on Windows yet, so no other process can use a master: it is used in the "
        + "PowerShell that opened it, by its name or object");

    /// <summary>
    /// Connects to the master at a path. It is this user's or root's, as the kernel vouches for: whoever listens there is
    /// trusted with commands, descriptors and forwards, and anybody can put a socket into a folder that is open to all.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ControlSocketMissing"/>, <see cref="SshError.ControlSocketStale"/>,
    /// <see cref="SshError.ControlSocketDenied"/>, <see cref="SshError.ControlSocketUntrusted"/>,
    /// <see cref="SshError.ControlPathInvalid"/>.
    /// </exception>
    [UnsupportedOSPlatform("windows")]
    public static async Task<Socket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        ControlPath.Validate(path, listening: false);
        var endPoint = UnixSocketEndPoint.Of(path);
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
                DemandTrusted(path, PeerCredentials.Of(socket));
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                // The master's queue of new connections is full (EAGAIN); it is alive, so another try will do.
                socket.Dispose();
                await Task.Delay(10, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                throw Explain(path, e);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    /// <summary>What is at a path; a symbolic link is not followed.</summary>
    public static ControlSocketIdentity? Find(string path)
    {
        if (Syscall.lstat(UnixPath.Native(path), out var status) != 0) return null;
        var isSocket = (status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFSOCK;
        return new ControlSocketIdentity(status.st_dev, status.st_ino, isSocket);
    }

    private static void DemandTrusted(string path, PeerCredentials peer)
    {
        if (peer.IsSameUserOrRoot) return;
        throw new SshException(
            SshError.ControlSocketUntrusted,
            $"Bad owner of control socket {path}: {LocalUser.Describe(peer.UserId)} listens there, so nothing was sent; "
            + "use a control path in a folder that only you can write to");
    }

    private static SshException Explain(string path, SocketException e)
    {
        if (e.SocketErrorCode == SocketError.AccessDenied)
        {
            return new SshException(
                SshError.ControlSocketDenied,
                $"no permission to use control socket {path}; only the user who started the master may", e);
        }

        if (Syscall.stat(UnixPath.Native(path), out var status) != 0)
        {
            return SystemError.Last == Errno.ENOENT
                ? new SshException(
                    SshError.ControlSocketMissing,
                    $"there is no control socket at {path}; start a master there first, "
                    + $"with {Advice.Words.OpenMaster} {path}", e)
                : new SshException(
                    SshError.ControlPathInvalid, $"control path {path} leads nowhere: one of its folders is a file", e);
        }

        if ((status.st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFSOCK)
        {
            return new SshException(
                SshError.ControlPathInvalid, $"{path} exists, but is not a socket; choose another control path", e);
        }

        return e.SocketErrorCode == SocketError.ConnectionRefused
            ? new SshException(
                SshError.ControlSocketStale,
                $"control socket {path} is stale: no master listens on it any more; remove it and start one anew", e)
            : new SshException(SshError.MasterGone, $"cannot connect to control socket {path}: {e.Message}", e);
    }
}
