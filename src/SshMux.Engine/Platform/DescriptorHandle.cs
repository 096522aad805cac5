using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform;

/// <summary>Owns one file descriptor of this process and closes it once.</summary>
internal sealed class DescriptorHandle : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes ownership of an open descriptor.</summary>
    public DescriptorHandle(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>The number; valid as long as the handle is not disposed.</summary>
    internal int Number => (int)handle;

    /// <summary>
    /// A second descriptor (close-on-exec) of the same open file description, such as of this process's standard input:
    /// it can be given away while the first stays.
    /// </summary>
    /// <exception cref="SshException">The number is not open, or this process may open no more descriptors.</exception>
    [UnsupportedOSPlatform("windows")]
    public static DescriptorHandle Duplicate(int descriptor)
    {
        var copy = LibC.Fcntl(descriptor, LibC.DuplicateCloseOnExec, 0);
        return copy >= 0 ? new DescriptorHandle(copy) : throw Failed($"cannot duplicate descriptor {descriptor}");
    }

    /// <summary>A second descriptor (close-on-exec) of what a handle is open for: a socket, a file.</summary>
    /// <exception cref="SshException">This process may open no more descriptors.</exception>
    [UnsupportedOSPlatform("windows")]
    public static DescriptorHandle Duplicate(SafeHandle handle)
    {
        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            return Duplicate((int)handle.DangerousGetHandle());
        }
        finally
        {
            if (held) handle.DangerousRelease();
        }
    }

    /// <summary>Opens a file; the descriptor is close-on-exec and never becomes the controlling terminal.</summary>
    /// <exception cref="SshException">It cannot be opened; the message has the system's reason.</exception>
    [UnsupportedOSPlatform("windows")]
    public static DescriptorHandle Open(string path, FileAccess access)
    {
        var mode = access switch
        {
            FileAccess.Read => OpenFlags.O_RDONLY,
            FileAccess.Write => OpenFlags.O_WRONLY,
            _ => OpenFlags.O_RDWR,
        };
        return TryOpen(path, mode, out var error) ?? throw Failed($"cannot open {path}", error);
    }

    /// <summary>Opens a file, or gives null and why not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="flags">How to open it, beside O_CLOEXEC and O_NOCTTY.</param>
    /// <param name="error">Why not; else not to be looked at.</param>
    /// <param name="mode">The permissions of a file that is created, less the umask.</param>
    [UnsupportedOSPlatform("windows")]
    internal static DescriptorHandle? TryOpen(
        string path, OpenFlags flags, out Errno error, FilePermissions mode = 0)
    {
        error = default;
        while (true)
        {
            var descriptor =
                Syscall.open(UnixPath.Native(path), flags | OpenFlags.O_CLOEXEC | OpenFlags.O_NOCTTY, mode);
            if (descriptor >= 0) return new DescriptorHandle(descriptor);
            error = SystemError.Last;
            if (error != Errno.EINTR) return null;
        }
    }

    /// <summary>The error of the last call, for the user.</summary>
    internal static SshException Failed(string what) => Failed(what, SystemError.Last);

    internal static SshException Failed(string what, Errno error) => Failed(SshError.NotSupported, what, error);

    internal static SshException Failed(SshError kind, string what, Errno error) =>
        new(kind, $"{what}: {SystemError.Text(error)}");

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Syscall.close((int)handle) == 0;
}
