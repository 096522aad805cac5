using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Sftp.Local;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>Files and folders of this machine, with errors that name them.</summary>
internal static class SftpLocal
{
    public const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public const UnixFileMode OwnerOnly = OwnerReadWrite | UnixFileMode.UserExecute;

    public const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private const UnixFileMode UsualMask = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Opens a file that others may write, replace or remove meanwhile.</summary>
    public static SafeFileHandle OpenToRead(string path)
    {
        if (!ByteText.IsUtf8(path))
        {
            var descriptor = Syscall.open(UnixPath.Native(path), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
            return descriptor >= 0
                ? new SafeFileHandle(descriptor, ownsHandle: true)
                : throw SftpErrors.Local("read", path, SystemError.Last);
        }

        try
        {
            return File.OpenHandle(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                FileOptions.SequentialScan);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            throw SftpErrors.Local("read", path, e);
        }
    }

    /// <summary>Makes a folder with a mode (less the umask); false if something has the name.</summary>
    /// <exception cref="SshException">It cannot be made.</exception>
    public static bool TryMakeFolder(string path, UnixFileMode mode)
    {
        if (Syscall.mkdir(path, (FilePermissions)mode) == 0) return true;
        var error = SystemError.Last;
        return error == Errno.EEXIST ? false : throw SftpErrors.Local("make the folder", path, error);
    }

    /// <summary>Sets mode and times of a folder, if it still is that one and nobody has put a link in its place.</summary>
    /// <param name="path">The path.</param>
    /// <param name="status">The folder that is meant.</param>
    /// <param name="mode">The mode; null to leave it.</param>
    /// <param name="modified">When it was changed; null to leave it.</param>
    /// <exception cref="SshException">It cannot be, or it is another one.</exception>
    public static void SetAttributesOfFolder(
        string path, LocalFileStatus status, UnixFileMode? mode, DateTime? modified)
    {
        const string Doing = "set mode and times of";
        var descriptor = Syscall.open(
            path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        if (descriptor < 0) throw SftpErrors.Local(Doing, path, SystemError.Last);
        using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        if (LocalFileStatus.Find(folder) is not { } there || !there.IsSameAs(status))
        {
            throw new SshException(
                SshError.FileFailed,
                $"cannot {Doing} {SftpErrors.Shown(path)}: another folder was put in its place");
        }

        SetAttributes(folder, path, mode, modified, modified);
    }

    /// <summary>A time of the protocol: seconds since 1970.</summary>
    public static DateTime Time(uint seconds) => DateTime.UnixEpoch.AddSeconds(seconds);

    /// <summary>A time of this machine, in seconds since 1970, as the protocol can say it.</summary>
    public static uint Seconds(long time) => (uint)Math.Clamp(time, 0, uint.MaxValue);

    /// <summary>Permissions and times of a file in the words of the protocol.</summary>
    public static SftpAttributes AttributesOf(LocalFileStatus status) => new()
    {
        Mode = (uint)status.Permissions,
        AccessTime = Seconds(status.AccessTime),
        ModifyTime = Seconds(status.ModifyTime),
    };

    /// <summary>Sets mode and times of an open file.</summary>
    /// <exception cref="SshException">They cannot be set.</exception>
    public static void SetAttributes(
        SafeFileHandle file, string path, UnixFileMode? mode, DateTime? accessed, DateTime? modified)
    {
        try
        {
            if (mode is { } bits && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file, bits);
            if (accessed is { } first) File.SetLastAccessTimeUtc(file, first);
            if (modified is { } last) File.SetLastWriteTimeUtc(file, last);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            throw SftpErrors.Local("set mode and times of", path, e);
        }
    }

    /// <summary>
    /// What the umask takes from the mode of a new file. umask(2) cannot be asked without being set, for all threads.
    /// </summary>
    public static UnixFileMode UserMask()
    {
        const string Field = "Umask:";
        try
        {
            foreach (var line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith(Field, StringComparison.Ordinal))
                {
                    return (UnixFileMode)Convert.ToInt32(line[Field.Length..].Trim(), 8) & (UnixFileMode)0x1FF;
                }
            }
        }
        catch (Exception e) when (SftpErrors.IsLocal(e) || e is FormatException or OverflowException)
        {
            // Without /proc, the usual one.
        }

        return UsualMask;
    }
}
