using System.Text;
using Mono.Unix.Native;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Platform;

/// <summary>
/// Paths that may have bytes that are no UTF-8 (<see cref="ByteText"/>). .NET's own calls would make another path of them;
/// what is not offered here is refused for such a path (<see cref="Demand"/>).
/// </summary>
internal static class UnixPath
{
    private const char FirstByte = '\uDC80';
    private const char LastByte = '\uDCFF';

    /// <summary>The path as Mono.Unix wants it, where a byte that is no UTF-8 follows a NUL.</summary>
    /// <param name="path">Has no NUL of its own.</param>
    public static string Native(string path)
    {
        if (ByteText.IsUtf8(path)) return path;
        var native = new StringBuilder(path.Length + 8);
        for (var i = 0; i < path.Length; i++)
        {
            if (char.IsHighSurrogate(path[i]) && i + 1 < path.Length) native.Append(path[i++]).Append(path[i]);
            else if (path[i] is >= FirstByte and <= LastByte) native.Append('\0').Append((char)(path[i] & 0xFF));
            else native.Append(path[i]);
        }

        return native.ToString();
    }

    /// <summary>The name that Mono.Unix has read.</summary>
    public static string FromNative(string native)
    {
        if (!native.Contains('\0', StringComparison.Ordinal)) return native;
        var name = new StringBuilder(native.Length);
        for (var i = 0; i < native.Length; i++)
        {
            name.Append(native[i] == '\0' && i + 1 < native.Length ? (char)(FirstByte - 0x80 + native[++i]) : native[i]);
        }

        return name.ToString();
    }

    /// <summary>Whether there is anything at the path; links are followed.</summary>
    public static bool Exists(string path) => ByteText.IsUtf8(path)
        ? Path.Exists(path)
        : Syscall.access(Native(path), AccessModes.F_OK) == 0;

    /// <summary>Whether there is a folder at the path; links are followed.</summary>
    public static bool IsFolder(string path) => ByteText.IsUtf8(path)
        ? Directory.Exists(path)
        : Syscall.stat(Native(path), out var status) == 0
            && (status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFDIR;

    /// <summary>Refuses a path that only its bytes say.</summary>
    /// <param name="path">The path.</param>
    /// <param name="what">What it is, such as "UserKnownHostsFile".</param>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>.</exception>
    public static void Demand(string path, string what)
    {
        if (ByteText.IsUtf8(path)) return;
        throw new SshException(
            SshError.ConfigurationInvalid,
            $"{what} '{path}' has bytes that are no UTF-8; use a path without them");
    }
}
