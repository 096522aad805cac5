using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Which descriptors of this process the programs that it starts are born with (FD_CLOEXEC). .NET allows none of those
/// that it opens.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static class DescriptorInheritance
{
    /// <summary>Keeps a descriptor from the programs; false if it is not open.</summary>
    public static bool Forbid(int descriptor) =>
        LibC.Fcntl(descriptor, LibC.SetDescriptorFlags, LibC.CloseOnExecFlag) >= 0;

    /// <summary>Keeps what a handle stands for (a pipe, a socket, a file) from the programs.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public static void Forbid(SafeHandle handle)
    {
        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            _ = Forbid((int)handle.DangerousGetHandle());
        }
        finally
        {
            if (held) handle.DangerousRelease();
        }
    }

    /// <summary>
    /// What this process itself was started with beyond the standard descriptors, and would hand on to programs: the
    /// locks, pipes and sockets of whoever started it. Empty where the system does not tell.
    /// </summary>
    public static IReadOnlyList<int> Strangers()
    {
        const string folder = "/proc/self/fd";
        List<int> strangers = [];
        if (!Directory.Exists(folder)) return strangers;
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder))
        {
            var number = int.Parse(Path.GetFileName(entry.AsSpan()), CultureInfo.InvariantCulture);
            if (number > 2 && IsAllowed(number)) strangers.Add(number);
        }

        return strangers;
    }

    /// <summary>Hands a descriptor on to the programs; false if it is not open.</summary>
    public static bool Allow(int descriptor) => LibC.Fcntl(descriptor, LibC.SetDescriptorFlags, 0) >= 0;

    /// <summary>Whether a descriptor is open and handed on to the programs.</summary>
    public static bool IsAllowed(int descriptor) =>
        LibC.Fcntl(descriptor, LibC.GetDescriptorFlags, 0) is >= 0 and var flags && (flags & LibC.CloseOnExecFlag) == 0;
}
