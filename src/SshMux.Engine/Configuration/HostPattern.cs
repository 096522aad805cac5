namespace SshMux.Engine.Configuration;

/// <summary>The patterns of ssh_config(5) and sshd(8): * is any text, ? any one character, !pattern excludes.</summary>
internal static class HostPattern
{
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
    public static bool MatchesList(ReadOnlySpan<char> name, string patterns)
    {
        var admitted = false;
        foreach (var range in patterns.AsSpan().Split(','))
        {
            var pattern = patterns.AsSpan(range).ToString().ToLowerInvariant().AsSpan();
            var excludes = pattern.StartsWith("!");
            if (excludes) pattern = pattern[1..];
            if (pattern.IsEmpty || !Matches(name, pattern)) continue;
            if (excludes) return false;
            admitted = true;
        }

        return admitted;
    }
}
