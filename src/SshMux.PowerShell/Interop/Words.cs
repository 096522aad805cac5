using SshMux.Engine;

namespace SshMux.PowerShell.Interop;

/// <summary>Text as other programs read it: quoted where they would take it apart.</summary>
internal static class Words
{
    /// <summary>A word for a POSIX shell, and for what splits words like one (Ansible).</summary>
    public static string ForShell(string text) => IsPlain(text) ? text : $"'{text.Replace("'", @"'\''")}'";

    /// <summary>A word of rsync's -e, which knows quotes, doubled for themselves, and no backslash.</summary>
    public static string ForRsync(string text) => IsPlain(text) ? text : $"'{text.Replace("'", "''")}'";

    /// <summary>A value of ssh_config(5), also after -o KEYWORD=.</summary>
    public static string ForConfiguration(string text) =>
        IsPlain(text) ? text : $"\"{text.Replace(@"\", @"\\").Replace("\"", "\\\"")}\"";

    /// <summary>A path in which ssh expands nothing: it takes percent signs for tokens.</summary>
    /// <exception cref="SshException"><see cref="SshError.ControlPathInvalid"/>: ssh cannot be told this path.
    /// </exception>
    public static string Unexpanded(string path)
    {
        if (path.Contains("${", StringComparison.Ordinal) || path.AsSpan().ContainsAny('\n', '\r'))
        {
            throw new SshException(
                SshError.ControlPathInvalid,
                $"ssh cannot be told the control path '{path}': a line end or ${{ in it has no spelling there");
        }

        return path.Replace("%", "%%");
    }

    private static bool IsPlain(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+=:,@%".Contains(c));
}
