using Mono.Unix.Native;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>The text of a configuration file.</summary>
internal static class ConfigurationFile
{
    private const FilePermissions WritableByOthers = FilePermissions.S_IWGRP | FilePermissions.S_IWOTH;

    /// <summary>
    /// Reads a file; null if it cannot be opened, with the reason. A folder has no lines.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="checksOwner">Whether it must belong to this user or root, and be writable by nobody else.</param>
    /// <param name="why">Why it cannot be opened; null: it is not there.</param>
    /// <exception cref="SshException">Others could write it.</exception>
    public static string? TryRead(string path, bool checksOwner, out string? why)
    {
        why = null;
        if (path.Length == 0) return null;
        try
        {
            using var file = UnixFile.OpenRead(path);
            if (checksOwner) CheckOwner(path, (int)file.SafeFileHandle.DangerousGetHandle());
            var bytes = new byte[Math.Max(file.CanSeek ? file.Length : 0, 256) + 1];
            var length = 0;
            while (file.Read(bytes, length, bytes.Length - length) is > 0 and var count)
            {
                length += count;
                if (length == bytes.Length) Array.Resize(ref bytes, length * 2);
            }

            return ByteText.Decode(bytes.AsSpan(0, length));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            return "";
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            why = e is UnauthorizedAccessException ? "Permission denied" : e.Message;
            return null;
        }
    }

    private static void CheckOwner(string path, int descriptor)
    {
        if (OperatingSystem.IsWindows()) return;
        if (Syscall.fstat(descriptor, out var status) == 0
            && (status.st_uid == 0 || status.st_uid == Syscall.getuid())
            && (status.st_mode & WritableByOthers) == 0)
        {
            return;
        }

        throw new SshException(
            SshError.ConfigurationInvalid,
            $"Bad owner or permissions on {path}: it must belong to you or root, and nobody else may write it "
            + $"(chmod go-w '{path}')");
    }
}
