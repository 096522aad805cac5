using SshMux.Engine.Configuration.SshConfig.Syntax;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>Values that are several words.</summary>
internal static class Lists
{
    private const int MaxHostFiles = 32;

    /// <summary>Files of host keys, or none alone.</summary>
    public static ValueReader HostFiles(string keyword) => arguments =>
    {
        var files = NoneAlone(arguments, keyword);
        return files.Count switch
        {
            0 => null,
            <= MaxHostFiles => files,
            _ => throw new SettingProblem($"too many {keyword} entries."),
        };
    };

    /// <summary>RevokedHostKeys: files, or none alone.</summary>
    public static IReadOnlyList<string>? RevokedHostKeys(Arguments arguments) =>
        NotEmpty(NoneAlone(arguments, "revokedhostkeys"), "revokedhostkeys");

    /// <summary>LogVerbose: lists of patterns, or none alone. ssh(1) takes the first one of a line.</summary>
    public static IReadOnlyList<string>? LogVerbose(Arguments arguments) => NoneAlone(arguments, "logverbose") switch
    {
        [] => null,
        var words => [words[0]],
    };

    /// <summary>ChannelTimeout: words TYPE=TIME, or none alone.</summary>
    public static IReadOnlyList<string>? ChannelTimeout(Arguments arguments)
    {
        const string keyword = "channeltimeout";
        List<string> words = [];
        while (arguments.Next() is { } word)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (SettingValues.Is(word, "none"))
            {
                DemandAlone(words, arguments, keyword, word);
                word = "none";
            }
            else if (equals < 1 || ConfigurationTime.TryParse(word[(equals + 1)..]) is null)
            {
                throw new SettingProblem(
                    $"invalid channel timeout {word}; it must be TYPE=TIME, such as session=5m", endsAtOnce: true);
            }

            words.Add(word);
        }

        return NotEmpty(words, keyword);
    }

    /// <summary>SendEnv: patterns of variables; one that begins with a minus takes away.</summary>
    public static IReadOnlyList<string>? SendEnv(Arguments arguments)
    {
        List<string> words = [];
        while (arguments.Next() is { } word)
        {
            if (word.Length == 0 || word.Contains('=', StringComparison.Ordinal))
            {
                throw new SettingProblem("Invalid environment name.");
            }

            words.Add(word);
        }

        return NotEmpty(words, "sendenv");
    }

    /// <summary>SetEnv: words NAME=VALUE, of which the first of a name counts.</summary>
    public static IReadOnlyList<string>? SetEnv(Arguments arguments)
    {
        List<string> words = [];
        while (arguments.Next() is { } word)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) throw new SettingProblem("Invalid SetEnv; it must be NAME=value");
            var name = word[..(equals + 1)];
            if (!words.Exists(other => other.StartsWith(name, StringComparison.Ordinal))) words.Add(word);
        }

        return NotEmpty(words, "setenv");
    }

    /// <summary>PermitRemoteOpen: words HOST:PORT, or any or none alone.</summary>
    public static IReadOnlyList<string>? PermitRemoteOpen(Arguments arguments)
    {
        const string keyword = "permitremoteopen";
        List<string> words = [];
        while (arguments.Next() is { } word)
        {
            if (!SettingValues.Is(word, "any") && !SettingValues.Is(word, "none")) CheckHostAndPort(word);
            else DemandAlone(words, arguments, keyword, word);
            words.Add(word);
        }

        return words.Count > 0 ? words : throw new SettingProblem($"missing {keyword} specification", endsAtOnce: true);
    }

    /// <summary>CanonicalDomains: domains, or none alone.</summary>
    public static IReadOnlyList<string>? CanonicalDomains(Arguments arguments)
    {
        const string keyword = "canonicaldomains";
        List<string> words = [];
        while (arguments.Next() is { } word)
        {
            if (SettingValues.Is(word, "none")) DemandAlone(words, arguments, keyword, word);
            if (DomainNames.FindProblem(word) is { } problem) throw new SettingProblem(problem);
            word = ConfigurationLine.Lower(word);
            words.Add(word.EndsWith('.') ? word[..^1] : word);
        }

        return NotEmpty(words, keyword);
    }

    /// <summary>CanonicalizePermittedCNAMEs: words SOURCES:TARGETS, * for all, or none alone.</summary>
    public static IReadOnlyList<string>? PermittedCnames(Arguments arguments)
    {
        const string keyword = "canonicalizepermittedcnames";
        List<string> words = [];
        while (arguments.Next() is { } word)
        {
            if (SettingValues.Is(word, "none"))
            {
                DemandAlone(words, arguments, keyword, word);
                words.Add("none");
                continue;
            }

            if (word == "*")
            {
                words.Add("*:*");
                continue;
            }

            word = ConfigurationLine.Lower(word);
            var colon = word.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || colon == word.Length - 1)
            {
                throw new SettingProblem($"Invalid permitted CNAME \"{word}\"; it must be SOURCES:TARGETS");
            }

            words.Add(word);
        }

        return NotEmpty(words, keyword);
    }

    private static List<string> NoneAlone(Arguments arguments, string keyword)
    {
        List<string> words = [];
        while (arguments.Next() is { } word)
        {
            if (word.Length == 0) throw new SettingProblem($"keyword {keyword} empty argument");
            if (SettingValues.Is(word, "none")) DemandAlone(words, arguments, keyword, "none");
            words.Add(word);
        }

        return words is [var one] && SettingValues.Is(one, "none") ? ["none"] : words;
    }

    private static void DemandAlone(List<string> words, Arguments arguments, string keyword, string word)
    {
        if (words.Count > 0 || arguments.Count > 0)
        {
            throw new SettingProblem($"keyword {keyword} \"{word}\" argument must appear alone.");
        }
    }

    private static List<string> NotEmpty(List<string> words, string keyword) =>
        words.Count > 0 ? words : throw new SettingProblem($"no {keyword} specified", endsAtOnce: true);

    private static void CheckHostAndPort(string word)
    {
        var end = word.StartsWith('[')
            ? word.IndexOf(']', StringComparison.Ordinal) + 1
            : word.AsSpan().IndexOfAny(':', '/');
        if (end == 0 && word.StartsWith('['))
        {
            throw new SettingProblem("missing host in permitremoteopen", endsAtOnce: true);
        }

        var port = end > 0 && end < word.Length && word[end] is ':' or '/' ? word[(end + 1)..] : null;
        if (port is null || (port != "*" && Numbers.PortNumber(port) is not > 0))
        {
            throw new SettingProblem(
                "bad port number in permitremoteopen; it must be HOST:PORT, a number or *", endsAtOnce: true);
        }
    }
}
