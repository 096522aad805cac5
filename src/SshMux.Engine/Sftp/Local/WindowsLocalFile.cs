using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static SshMux.Engine.Sftp.Local.WindowsFileCalls;

namespace SshMux.Engine.Sftp.Local;

/// <summary>
/// A file that nobody else can write to, rename or remove while it is open: that is how it was opened. So its name means it
/// all the time; it is renamed and removed by the open file itself.
/// </summary>
/// <param name="shown">What to call it in errors.</param>
/// <param name="handle">The open file.</param>
[SupportedOSPlatform("windows")]
internal sealed class WindowsLocalFile(string shown, SafeFileHandle handle) : LocalFile(handle)
{
    // FILE_RENAME_REPLACE_IF_EXISTS, _POSIX_SEMANTICS: who has the old file open for all kinds of sharing keeps it;
    // _IGNORE_READONLY_ATTRIBUTE.
    private const int ReplaceAsPosix = 0x1 | 0x2 | 0x40;
    private const int Replace = 1; // ReplaceIfExists

    /// <inheritdoc />
    public override void Rename(string path)
    {
        var target = WindowsPath.Extend(path);
        if (TryRename(RenameInfo, 0, target)) return;
        var reason = WindowsFileErrors.Last;
        if (reason is not (WindowsFileErrors.AlreadyExists or WindowsFileErrors.FileExists))
        {
            throw WindowsFileErrors.From("write", shown, reason);
        }

        DemandOwnName(path);

        // Older systems, and file systems of other machines, know only the second one.
        if (TryRename(RenameInfoEx, ReplaceAsPosix, target)) return;
        using var writable = ReadOnlyLifted.From(target);
        if (TryRename(RenameInfo, Replace, target))
        {
            writable?.Keep();
            return;
        }

        reason = WindowsFileErrors.Last;
        if (reason != WindowsFileErrors.AccessDenied) throw WindowsFileErrors.From("write", shown, reason);
        throw IsInUse(target)
            ? WindowsFileErrors.From("write", shown, WindowsFileErrors.SharingViolation)
            : SftpErrors.Local(
                "write", shown, SshError.FileDenied, "permission denied; nor can a program that is running be replaced");
    }

    /// <inheritdoc />
    public override unsafe void RemoveQuietly()
    {
        byte isToGo = 1; // FILE_DISPOSITION_INFO
        _ = SetFileInformationByHandle(Handle, DispositionInfo, &isToGo, sizeof(byte));
    }

    /// <summary>Refuses to write to a file of another name, of which this is only the short one.</summary>
    /// <exception cref="SshException">It is another one.</exception>
    public static void DemandOwnName(string path)
    {
        var name = Path.GetFileName(path);
        if (LocalFileSystem.This.WhyNoName(path[..^name.Length], name) is { } reason)
        {
            throw SftpErrors.Local("write", path, SshError.FileNameRefused, reason);
        }
    }

    private static bool IsInUse(string path)
    {
        const FileShare All = FileShare.ReadWrite | FileShare.Delete;
        using var file = CreateFile(path, WindowsFileCalls.Delete, All, 0, OpenExisting, OpenReparsePoint, 0);
        return file.IsInvalid && WindowsFileErrors.Last == WindowsFileErrors.SharingViolation;
    }

    private unsafe bool TryRename(int kind, int flags, string path)
    {
        // FILE_RENAME_INFO: flags, the folder's handle (none), the length of the name in bytes, and the name.
        var length = 2 * nint.Size;
        var bytes = new byte[length + sizeof(int) + ((path.Length + 1) * sizeof(char))];
        fixed (byte* start = bytes)
        {
            *(int*)start = flags;
            *(int*)(start + length) = path.Length * sizeof(char);
            path.AsSpan().CopyTo(new Span<char>(start + length + sizeof(int), path.Length));
            return SetFileInformationByHandle(Handle, kind, start, bytes.Length);
        }
    }
}
