using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Text;

namespace SshMux.Engine.Platform.Files;

/// <summary>This user's files by their access control lists.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsOwnFiles : OwnFiles
{
    // All that is needed to append, and to look whose the file is. Without WriteData every write goes to the end.
    private const FileSystemRights Append = FileSystemRights.AppendData | FileSystemRights.ReadData
        | FileSystemRights.ReadAttributes | FileSystemRights.ReadPermissions | FileSystemRights.Synchronize;

    /// <inheritdoc/>
    public override string? WhyNotOwnFolder(string path)
    {
        try
        {
            var attributes = File.GetAttributes(path);
            if ((attributes & (FileAttributes.Directory | FileAttributes.ReparsePoint)) != FileAttributes.Directory)
            {
                return "is no folder";
            }

            var access = WindowsAccess.Of(new DirectoryInfo(path));
            if (!access.HasTrustedOwner) return $"belongs to {WindowsAccess.Describe(access.Owner)}";
            return access.FirstOther(WindowsAccess.Write) is { } other
                ? $"can be written to by {WindowsAccess.Describe(other)}; {access.Remedy(path)} takes that away"
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be looked at ({e.Message})";
        }
    }

    /// <inheritdoc/>
    public override string? WhyNotPrivate(string path)
    {
        if (WindowsLocalFiles.DeviceOf(path) is not null || !File.Exists(path)) return null;
        var access = WindowsAccess.Of(new FileInfo(path));
        if (!access.HasTrustedOwner)
        {
            return $"Permissions for '{path}' are too open: it belongs to {WindowsAccess.Describe(access.Owner)}, and this "
                + "private key will be ignored; copy it to a new file of your own";
        }

        return access.FirstOther(WindowsAccess.Any) is { } other
            ? $"Permissions for '{path}' are too open: {WindowsAccess.Describe(other)} has rights on it, and this private "
                + $"key will be ignored; close it with: {access.Remedy(path)}"
                + HintOnVolume(path)
            : null;
    }

    /// <inheritdoc/>
    public override string? WhyNotTrusted(FileStream file, string path)
    {
        if (WindowsLocalFiles.DeviceOf(path) is not null) return null;
        var access = WindowsAccess.Of(file);
        if (!access.HasTrustedOwner)
        {
            return $"Bad owner or permissions on {path}: it belongs to {WindowsAccess.Describe(access.Owner)}, and must "
                + $"belong to you, SYSTEM or Administrators (takeown /f \"{path}\")";
        }

        return access.FirstOther(WindowsAccess.Write) is { } other
            ? $"Bad owner or permissions on {path}: {WindowsAccess.Describe(other)} may write it, and nobody may but you, "
                + $"SYSTEM and Administrators ({access.Remedy(path)}){HintOnVolume(path)}"
            : null;
    }

    /// <inheritdoc/>
    public override void CreateFolder(string path)
    {
        if (!Directory.Exists(path)) _ = WindowsAccess.ForFolder().CreateDirectory(path);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string>? TryReadLines(string path, int maxLength)
    {
        try
        {
            if (WindowsLocalFiles.DeviceOf(path) is not null || new FileInfo(path).LinkTarget is not null) return null;
            using var file = LocalFiles.Current.OpenRead(path);
            var access = WindowsAccess.Of(file);
            if (file.Length > maxLength || !access.HasTrustedOwner || access.FirstOther(WindowsAccess.Write) is not null)
            {
                return null;
            }

            var bytes = new byte[maxLength];
            var length = file.ReadAtLeast(bytes, maxLength, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\n').Split('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override void WriteNewLines(string path, IEnumerable<string> lines)
    {
        File.Delete(path);
        using var file = Create(path);
        try
        {
            file.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + '\n'))));
            file.Flush();
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <inheritdoc/>
    public override FileStream OpenToAppend(string path)
    {
        try
        {
            // A log can be moved away and deleted while it is written.
            var real = ResolveLinks(path);
            var file = OpenToAppend(real, FileShare.ReadWrite | FileShare.Delete);
            try
            {
                DemandOwn(file.SafeFileHandle, real);
                return file;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (ArgumentException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public override string ResolveLinks(string path)
    {
        if (WindowsLocalFiles.DeviceOf(path) is { } device) return device;
        var full = Path.GetFullPath(path);
        return new FileInfo(full).LinkTarget is null
            ? full
            : File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
    }

    /// <inheritdoc/>
    public override void DemandOwn(SafeHandle file, string path)
    {
        if (WindowsLocalFiles.DeviceOf(path) is not null) return;
        var folder = WindowsAccess.Of(new DirectoryInfo(Path.GetDirectoryName(path)!));
        if (folder.FirstOther(WindowsAccess.Write) is null) return;
        var access = WindowsAccess.Of(new FileInfo(path));
        if (access.HasTrustedOwner) return;
        throw new IOException(
            $"{path} belongs to {WindowsAccess.Describe(access.Owner)}, and is in a folder where others may write");
    }

    /// <summary>A new file, which this user alone can open, and nobody until it is closed.</summary>
    internal static FileStream Create(string path) => new FileInfo(path).Create(
        FileMode.CreateNew, FileSystemRights.Write, FileShare.None, 4096, FileOptions.None, WindowsAccess.ForFile());

    /// <summary>Opens a file to append, or makes it for this user alone; without links.</summary>
    internal static FileStream OpenToAppend(string path, FileShare share) => new FileInfo(path).Create(
        FileMode.OpenOrCreate, Append, share, 1, FileOptions.None, WindowsAccess.ForFile());

    /// <summary>What to do where rights cannot be kept, as on a stick.</summary>
    private static string HintOnVolume(string path)
    {
        try
        {
            var format = new DriveInfo(Path.GetPathRoot(Path.GetFullPath(path))!).DriveFormat;
            return format.Contains("FAT", StringComparison.OrdinalIgnoreCase)
                ? $" (its volume, {format}, keeps no rights: copy it to your profile first)"
                : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return ""; // a share, or a drive that does not say
        }
    }
}
