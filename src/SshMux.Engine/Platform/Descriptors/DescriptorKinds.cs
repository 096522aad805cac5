using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>Finds out what a passed descriptor is.</summary>
[UnsupportedOSPlatform("windows")]
internal static class DescriptorKinds
{
    private const uint MemoryDevices = 1;
    private const uint AlternateTerminals = 5;
    private const uint FirstPseudoTerminals = 136;
    private const uint LastPseudoTerminals = 143;

    // TIOCGDEV: which terminal /dev/tty really is.
    private const uint GetRealDevice = 0x80045432;

    /// <summary>
    /// Decides how to drive <paramref name="passed"/>. Gives back the descriptor to use: the same one, or a new description
    /// in its stead, and then the passed one is closed. The flags of the passed description never change: other
    /// processes use it.
    /// </summary>
    public static (DescriptorKind Kind, DescriptorHandle Descriptor) Prepare(DescriptorHandle passed, bool forWriting)
    {
        var flags = LibC.Fcntl(passed.Number, LibC.GetFlags, 0);
        if (flags < 0 || Syscall.fstat(passed.Number, out var status) != 0)
        {
            return (DescriptorKind.Unusable, passed);
        }

        // A new description could allow more than the passed one; what was not given is not taken.
        var mode = (OpenFlags)(flags & 3);
        if (mode != OpenFlags.O_RDWR && mode != (forWriting ? OpenFlags.O_WRONLY : OpenFlags.O_RDONLY))
        {
            return (DescriptorKind.Unusable, passed);
        }

        switch (status.st_mode & FilePermissions.S_IFMT)
        {
            case FilePermissions.S_IFSOCK:
                return (DescriptorKind.Socket, passed);
            case FilePermissions.S_IFIFO:
                return Reopen(passed, DescriptorPath(passed.Number), forWriting);
            case FilePermissions.S_IFCHR:
                var (major, minor) = Split(status.st_rdev);
                if (major == MemoryDevices && minor is 3 or 5 or 7 or 9) return (DescriptorKind.NeverBlocks, passed);
                return TerminalPath(passed.Number, major) is { } path
                    ? Reopen(passed, path, forWriting)
                    : (DescriptorKind.MayBlock, passed);
            default:
                // Not reopened: the position in a file belongs to the description, and the other processes that share it
                // (`{ a; b; } > file`) count on it.
                return (DescriptorKind.MayBlock, passed);
        }
    }

    /// <summary>Whether descriptors of a kind may have to be waited for, at least some.</summary>
    public static bool CanWait(DescriptorKind kind) =>
        kind is not DescriptorKind.Unusable and not DescriptorKind.NeverBlocks;

    private static (DescriptorKind Kind, DescriptorHandle Descriptor) Reopen(
        DescriptorHandle passed, string path, bool forWriting)
    {
        var mode = forWriting ? OpenFlags.O_WRONLY : OpenFlags.O_RDONLY;
        var own = DescriptorHandle.TryOpen(path, mode | OpenFlags.O_NONBLOCK, out var error);
        if (own is null)
        {
            // ENXIO: a pipe that nobody reads, or a terminal that was hung up. Others (EACCES: another user's terminal
            // after su): the passed description has to do.
            return (error == Errno.ENXIO ? DescriptorKind.Unusable : DescriptorKind.MayBlock, passed);
        }

        // Holding both would keep the other end from seeing that we closed ours.
        passed.Dispose();
        return (DescriptorKind.Own, own);
    }

    private static string? TerminalPath(int descriptor, uint major)
    {
        if (!Terminal.IsTerminal(descriptor)) return null;
        if (major != AlternateTerminals) return DescriptorPath(descriptor);

        // /dev/tty opened again would be the terminal of this process, not of the one that passed it.
        Span<byte> device = stackalloc byte[4];
        if (LibC.Ioctl(descriptor, GetRealDevice, device) != 0) return null;
        var (realMajor, minor) = Split(MemoryMarshal.Read<uint>(device));
        if (realMajor is < FirstPseudoTerminals or > LastPseudoTerminals) return null;
        var number = ((realMajor - FirstPseudoTerminals) << 8) + minor;
        var path = string.Create(CultureInfo.InvariantCulture, $"/dev/pts/{number}");

        // Another mount namespace may have other terminals at the same path.
        return Syscall.stat(path, out var status) == 0 && Split(status.st_rdev) == (realMajor, minor) ? path : null;
    }

    private static string DescriptorPath(int descriptor) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}");

    private static (uint Major, uint Minor) Split(ulong device) =>
        ((uint)(device >> 8) & 0xfff, (uint)(device & 0xff) | (uint)((device >> 12) & ~0xffUL));
}
