namespace SshMux.Engine.Configuration;

/// <summary>The patterns of ssh_config(5) and sshd(8): * is any text, ? any one character, !pattern excludes.</summary>
internal static class HostPattern
{
    private const int MaxPattern = 1022; // of a list, as in ssh(1)

    /// <summary>Whether the text matches the pattern, case and all. Takes time in proportion to both lengths.</summary>
    public static bool Matches(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        var (t, p) = (0, 0);
        // Where to go on when a guess for the last * proves too short.
        var (star, resume) = (-1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, t);
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }

    /// <summary>
    /// Whether a lower-case name is admitted by a comma-separated list of patterns, read without regard to case: one
    /// pattern must match and no excluding one may.
    /// </summary>
    public static bool MatchesList(ReadOnlySpan<char> name, string patterns) =>
        MatchList(name, patterns.ToLowerInvariant()) == 1;

    /// <summary>
    /// What a comma-separated list of patterns says of a text, case and all: 1 if one matches, -1 if an excluding one does,
    /// 0 if none does.
    /// </summary>
    public static int MatchList(ReadOnlySpan<char> text, ReadOnlySpan<char> patterns)
    {
        var result = 0;
        foreach (var range in patterns.Split(','))
        {
            var pattern = patterns[range];
            var excludes = pattern is ['!', ..];
            if (excludes) pattern = pattern[1..];
            if (pattern.Length > MaxPattern) return 0;
            if (!Matches(text, pattern)) continue;
            if (excludes) return -1;
            result = 1;
        }

        return result;
    }
}
