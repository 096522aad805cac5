using System.IO.Enumeration;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static SshMux.Engine.Sftp.Local.WindowsFileCalls;

namespace SshMux.Engine.Sftp.Local;

/// <summary>
/// Files under names in which case does not matter, with no modes. Paths go to the system word for word
/// (<see cref="WindowsPath"/>). Symbolic links and junctions are links; what else is a reparse point (files in a cloud,
/// deduplicated ones) is a file as any other.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsFileSystem : LocalFileSystem
{
    private const FileShare All = FileShare.ReadWrite | FileShare.Delete;
    private const uint NameSurrogate = 0x20000000; // of a reparse point: it stands for something elsewhere
    private const long UnixEpoch = 116_444_736_000_000_000; // of a FILETIME
    private const string Attributes = "set the times of";

    /// <inheritdoc />
    public override StringComparison Names => StringComparison.OrdinalIgnoreCase;

    /// <inheritdoc />
    public override LocalFileStatus? Find(string path, bool followLink)
    {
        var flags = BackupSemantics | (followLink ? 0 : OpenReparsePoint);
        using var file = CreateFile(WindowsPath.Extend(path), ReadAttributes, All, 0, OpenExisting, flags, 0);
        if (file.IsInvalid || Find(file) is not { } status) return null;
        return status.IsLink ? status with { IsAnothers = IsLinkOfAnother(path) } : status;
    }

    /// <inheritdoc />
    public override IEnumerable<string> List(string folder)
    {
        var names = Failing("read the folder", folder, () => Entries(folder).GetEnumerator());
        using (names)
        {
            while (Failing("read the folder", folder, names.MoveNext)) yield return names.Current;
        }
    }

    /// <inheritdoc />
    public override SafeFileHandle OpenToRead(string path) => Failing("read", path, () => File.OpenHandle(
        WindowsPath.Extend(path), FileMode.Open, FileAccess.Read, All, FileOptions.SequentialScan));

    /// <inheritdoc />
    public override LocalFile? TryCreate(string path, UnixFileMode mode, string shown)
    {
        var file = OpenAlone(path, CreateNew);
        if (!file.IsInvalid) return new WindowsLocalFile(shown, file);
        var error = WindowsFileErrors.Last;
        return error is WindowsFileErrors.FileExists or WindowsFileErrors.AlreadyExists
            ? null
            : throw WindowsFileErrors.From("write", shown, error);
    }

    /// <inheritdoc />
    public override LocalFile? TryTakeUp(string path, UnixFileMode mode, string shown)
    {
        var file = OpenAlone(path, OpenExisting);
        var isOurs = !file.IsInvalid
            && GetFileInformationByHandle(file, out var information)
            && ((FileAttributes)information.Attributes & (FileAttributes.ReparsePoint | FileAttributes.Directory)) == 0
            && information.NumberOfLinks == 1
            && WindowsOwners.IsOurs(file);
        if (isOurs) return new WindowsLocalFile(shown, file);
        file.Dispose();
        return null;
    }

    /// <inheritdoc />
    public override LocalFile OpenThere(string path, string shown)
    {
        WindowsLocalFile.DemandOwnName(path);
        var named = Find(path, followLink: false);
        if (named is { IsLink: true }) throw SftpErrors.Local("write", shown, SshError.FileFailed, "it is a link");
        var file = CreateFile(WindowsPath.Extend(path), GenericWrite | ReadAttributes, All, 0, OpenExisting, 0, 0);
        if (file.IsInvalid) throw WindowsFileErrors.From("write", shown, WindowsFileErrors.Last);
        if (Find(file) is { } opened && opened.Id == named?.Id) return new WindowsLocalFile(shown, file);
        file.Dispose();
        throw SftpCopyErrors.WasReplaced(shown);
    }

    /// <inheritdoc />
    public override void RemoveReadOnly(string path)
    {
        path = WindowsPath.Extend(path);
        using var writable = ReadOnlyLifted.From(path);
        File.Delete(path);
        writable?.Keep();
    }

    /// <inheritdoc />
    public override bool TryMakeFolder(string path, UnixFileMode mode)
    {
        if (CreateDirectory(WindowsPath.Extend(path), 0)) return true;
        var error = WindowsFileErrors.Last;
        return error == WindowsFileErrors.AlreadyExists
            ? false
            : throw WindowsFileErrors.From("make the folder", path, error);
    }

    /// <inheritdoc />
    public override void SetAttributes(
        SafeFileHandle file, string path, UnixFileMode? mode, DateTime? accessed, DateTime? modified) =>
        Failing(Attributes, path, () =>
        {
            if (accessed is { } first) File.SetLastAccessTimeUtc(file, first);
            if (modified is { } last) File.SetLastWriteTimeUtc(file, last);
            return true;
        });

    /// <inheritdoc />
    public override void SetAttributesOfFolder(
        string path, LocalFileStatus status, UnixFileMode? mode, DateTime? modified)
    {
        const uint Access = ReadAttributes | WriteAttributes;
        using var folder = CreateFile(WindowsPath.Extend(path), Access, All, 0, OpenExisting, BackupSemantics, 0);
        if (folder.IsInvalid) throw WindowsFileErrors.From(Attributes, path, WindowsFileErrors.Last);
        if (Find(folder) is not { } there || there.Id != status.Id) throw IsAnotherFolder(Attributes, path);
        SetAttributes(folder, path, mode, modified, modified);
    }

    /// <inheritdoc />
    public override UnixFileMode UserMask() => default;

    /// <inheritdoc />
    public override string? WhyNoName(string folder, string name)
    {
        if (WindowsNames.WhyNot(name) is { } reason)
        {
            return $"{reason}; rename it there, or copy it alone with a name of its own as -Destination";
        }

        if (!WindowsNames.MayBeShort(name)) return null;
        var path = Path.Join(folder, name);
        return Find(path, followLink: false) is null || IsListed(folder, name)
            ? null
            : "this is the short name of another file that is here; rename it there, or copy it alone with a name of its own "
                + "as -Destination";
    }

    /// <inheritdoc />
    public override bool CanBeSent(string path) => WindowsNames.IsText(path);

    /// <summary>Opens a file that nobody else opens to write, rename or remove it while it is open.</summary>
    private static SafeFileHandle OpenAlone(string path, uint disposition)
    {
        const uint Access = GenericWrite | WindowsFileCalls.Delete | ReadControl | ReadAttributes;
        return CreateFile(
            WindowsPath.Extend(path), Access, FileShare.Read, 0, disposition, OpenReparsePoint, 0);
    }

    private static unsafe LocalFileStatus? Find(SafeFileHandle file)
    {
        if (!GetFileInformationByHandle(file, out var there)) return null;
        var id = new LocalFileId(
            there.VolumeSerialNumber, ((ulong)there.FileIndexHigh << 32) | there.FileIndexLow);

        // Of 64 bits it is not unique on ReFS; not every file system has one of 128.
        VolumeAndId full;
        if (GetFileInformationByHandleEx(file, IdInfo, &full, sizeof(VolumeAndId)))
        {
            id = new LocalFileId(full.VolumeSerialNumber, new UInt128(full.IdHigh, full.IdLow));
        }

        var attributes = (FileAttributes)there.Attributes;
        var kind = (attributes & FileAttributes.Directory) != 0 ? LocalFileKind.Folder : LocalFileKind.File;
        AttributeTag tag;
        if ((attributes & FileAttributes.ReparsePoint) != 0
            && GetFileInformationByHandleEx(file, AttributeTagInfo, &tag, sizeof(AttributeTag))
            && (tag.ReparseTag & NameSurrogate) != 0)
        {
            kind = LocalFileKind.Link;
        }

        return new LocalFileStatus(
            kind,
            null,
            (attributes & FileAttributes.ReadOnly) != 0 && kind == LocalFileKind.File,
            ((long)there.FileSizeHigh << 32) | there.FileSizeLow,
            Seconds(there.LastAccessTime),
            Seconds(there.LastWriteTime),
            id,
            false);
    }

    /// <summary>In seconds since 1970, as stat(2) has them.</summary>
    private static long Seconds(long time) => (long)Math.Floor((time - UnixEpoch) / (decimal)TimeSpan.TicksPerSecond);

    private static bool IsLinkOfAnother(string path)
    {
        const uint Flags = BackupSemantics | OpenReparsePoint;
        using var link = CreateFile(WindowsPath.Extend(path), ReadControl, All, 0, OpenExisting, Flags, 0);
        return link.IsInvalid || WindowsOwners.IsAnothers(link);
    }

    private bool IsListed(string folder, string name) => List(folder).Any(one => string.Equals(one, name, Names));

    private static FileSystemEnumerable<string> Entries(string folder) => new(
        WindowsPath.Extend(folder),
        static (ref entry) => entry.FileName.ToString(),
        new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });

    private static T Failing<T>(string doing, string path, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            throw SftpErrors.Local(doing, path, e);
        }
    }
}
