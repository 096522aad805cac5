using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Files;

/// <summary>
/// Paths with wildcards, where the system has no glob(3): with both separators, drives and shares, and whatever the case of
/// letters. No character takes the meaning from another one, as names cannot have <c>*</c> and <c>?</c>.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class WindowsPathPatterns
{
    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = 0,
        IgnoreInaccessible = true,
        MatchType = MatchType.Simple,
    };

    /// <summary>Whether it has wildcards.</summary>
    public static bool IsPattern(string path) => path.AsSpan().IndexOfAny("*?[") >= 0;

    /// <summary>The paths for a pattern, in the order of their characters.</summary>
    public static IReadOnlyList<string> Find(string pattern)
    {
        if (LocalFiles.Current.ExpandTilde(pattern, out _) is not { } path) return [];

        // Full before anything is looked at: C:x is one of the folder where the process is on that drive.
        var root = Path.GetPathRoot(path) ?? "";
        List<string> found = [Path.GetFullPath(root.Length == 0 ? "." : root)];
        foreach (var name in path[root.Length..].Split(['\\', '/'], StringSplitOptions.RemoveEmptyEntries))
        {
            found = [.. found.SelectMany(folder => Inside(folder, name))];
        }

        return [.. found.Where(Path.Exists).Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether a name fits a pattern.</summary>
    internal static bool Matches(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        // As with glob(3), what begins with a dot is only found by one that does.
        if (name is ['.', ..] && pattern is not ['.', ..]) return false;
        var (place, at) = (0, 0);
        var (star, from) = (-1, 0);
        while (place < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, from) = (at++, place);
            }
            else if (at < pattern.Length && MatchesOne(name[place], pattern[at..], out var length))
            {
                (place, at) = (place + 1, at + length);
            }
            else if (star >= 0)
            {
                // The last star takes one character more.
                (place, at) = (++from, star + 1);
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].Trim('*').IsEmpty;
    }

    private static IEnumerable<string> Inside(string folder, string name)
    {
        if (!IsPattern(name)) return [Path.Join(folder, name)];
        try
        {
            return
            [
                .. Directory.EnumerateFileSystemEntries(folder, "*", Everything)
                    .Where(path => Matches(Path.GetFileName(path.AsSpan()), name)),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // no folder, or not one that may be read
        }
    }

    /// <summary>Whether a character is what a pattern begins with, and how much of the pattern that is.</summary>
    private static bool MatchesOne(char one, ReadOnlySpan<char> pattern, out int length)
    {
        length = 1;
        if (pattern[0] == '?') return true;

        // A set has at least one character, which may be ].
        var first = pattern is ['[', '!', ..] ? 2 : 1;
        var end = pattern[0] == '[' && pattern.Length > first ? pattern[(first + 1)..].IndexOf(']') : -1;
        if (end < 0) return AreSame(one, pattern[0]);
        length = first + 1 + end + 1;
        return IsIn(one, pattern[first..(length - 1)]) != (first == 2);
    }

    private static bool IsIn(char one, ReadOnlySpan<char> set)
    {
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                var (from, to) = (set[i], set[i + 2]);
                var (lower, upper) = (char.ToLowerInvariant(one), char.ToUpperInvariant(one));
                if ((lower >= from && lower <= to) || (upper >= from && upper <= to)) return true;
                i += 2;
                continue;
            }

            if (AreSame(one, set[i])) return true;
        }

        return false;
    }

    private static bool AreSame(char one, char other) => char.ToUpperInvariant(one) == char.ToUpperInvariant(other);
}
