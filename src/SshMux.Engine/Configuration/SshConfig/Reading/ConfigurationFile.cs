using SshMux.Engine.Platform.Files;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>The text of a configuration file.</summary>
internal static class ConfigurationFile
{
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
            using var file = LocalFiles.Current.OpenRead(path);
            if (checksOwner && OwnFiles.Current.WhyNotTrusted(file, path) is { } distrust)
            {
                throw new SshException(SshError.ConfigurationInvalid, distrust);
            }

            var bytes = new byte[Math.Max(file.CanSeek ? file.Length : 0, 256) + 1];
            var length = 0;
            while (file.Read(bytes, length, bytes.Length - length) is > 0 and var count)
            {
                length += count;
                if (length == bytes.Length) Array.Resize(ref bytes, length * 2);
            }

            var text = bytes.AsSpan(0, length);
            return ByteText.Decode(text[LocalFiles.Current.CountMark(text, path)..]);
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
}
