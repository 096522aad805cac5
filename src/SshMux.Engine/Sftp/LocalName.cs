using System.Text;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

/// <summary>
/// Names of this machine's files: bytes, which need not be UTF-8. Here they are text as everywhere (see
/// <see cref="ByteText"/>); Mono.Unix has NUL and the byte as a character for what is no UTF-8, and .NET has no way to
/// name such a file at all.
/// </summary>
internal static class LocalName
{
    private const char Escape = '\0';
    private const int Base = 0xDC00;

    /// <summary>Whether there are bytes in it that are no UTF-8.</summary>
    public static bool HasBytes(string name) => name.AsSpan().ContainsAnyInRange('\uDC80', '\uDCFF')
        && !Encoding.UTF8.GetBytes(name).AsSpan().SequenceEqual(ByteText.Encode(name));

    /// <summary>A name as Mono.Unix takes it.</summary>
    public static string ToNative(string name)
    {
        if (!name.AsSpan().ContainsAnyInRange('\uDC80', '\uDCFF')) return name;
        var native = new StringBuilder(name.Length + 16);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] is >= '\uDC80' and <= '\uDCFF')
            {
                native.Append(Escape).Append((char)(name[i] - Base));
                continue;
            }

            native.Append(name[i]);
            if (char.IsHighSurrogate(name[i]) && i + 1 < name.Length) native.Append(name[++i]);
        }

        return native.ToString();
    }

    /// <summary>The names in a folder but "." and "..", as they come.</summary>
    /// <exception cref="SshException">It cannot be read.</exception>
    public static IEnumerable<string> List(string folder)
    {
        var stream = Syscall.opendir(ToNative(folder));
        if (stream == IntPtr.Zero) throw SftpErrors.Local("read the folder", folder, SystemError.Last);
        try
        {
            while (true)
            {
                var entry = Syscall.readdir(stream);
                if (entry is null)
                {
                    var error = SystemError.Last;
                    if (error != 0) throw SftpErrors.Local("read the folder", folder, error);
                    yield break;
                }

                if (entry.d_name is not "." and not "..") yield return FromNative(entry.d_name);
            }
        }
        finally
        {
            _ = Syscall.closedir(stream);
        }
    }

    private static string FromNative(string native)
    {
        if (!native.Contains(Escape, StringComparison.Ordinal)) return native;
        var name = new StringBuilder(native.Length);
        for (var i = 0; i < native.Length; i++)
        {
            name.Append(native[i] == Escape && i + 1 < native.Length ? (char)(Base + native[++i]) : native[i]);
        }

        return name.ToString();
    }
}
