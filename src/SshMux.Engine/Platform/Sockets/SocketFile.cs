using System.Globalization;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>
/// Binds unix sockets with just the permissions that they are to have. umask(2), with which ssh(1) does that, is the
/// whole process's, and other threads make files, too; chmod(2) by name would follow what somebody else has put there.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static class SocketFile
{
    private const FilePermissions AllPermissions = FilePermissions.ACCESSPERMS;

    /// <summary>Binds a socket to a path that nothing has yet. Nobody can connect before it listens.</summary>
    /// <exception cref="SocketException">The path cannot be bound.</exception>
    /// <exception cref="SshException"><see cref="SshError.NotSupported"/>: it is not what was bound.</exception>
    public static void Bind(Socket socket, string path, FilePermissions mode)
    {
        // Linux makes the file with the socket's own mode, less the umask. Where it does not, the mode is set below.
        _ = Syscall.fchmod((int)socket.SafeHandle.DangerousGetHandle(), mode);
        socket.Bind(UnixSocketEndPoint.Of(path));
        GC.KeepAlive(socket);
        DemandMode(path, mode);
    }

    /// <summary>Sets what the umask has taken away. The file is held, and so no other one is meant by the name.</summary>
    private static void DemandMode(string path, FilePermissions mode)
    {
        using var file = DescriptorHandle.TryOpen(path, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, out var error);
        if (file is null) throw DescriptorHandle.Failed($"{path} has gone", error);
        if (Syscall.fstat(file.Number, out var status) != 0) throw DescriptorHandle.Failed($"cannot look at {path}");
        if ((status.st_mode & FilePermissions.S_IFMT) != FilePermissions.S_IFSOCK || status.st_uid != Syscall.geteuid())
        {
            throw new SshException(SshError.NotSupported, $"somebody else has put something at {path}");
        }

        if ((status.st_mode & AllPermissions) == mode) return;
        var held = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file.Number}");
        if (Syscall.chmod(held, mode) != 0) throw DescriptorHandle.Failed($"cannot set the mode of {path}");
    }
}
