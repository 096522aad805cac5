using FsCheck;
using FsCheck.Fluent;
using static SshMux.Engine.Tests.Configuration.SshConfig.Difference.Words;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>Lines of Host and Match, which begin a block.</summary>
internal static class BlockLines
{
    private static readonly Gen<string> Pattern =
        Rarely(
            15, Gen.Elements("!web2", "!web1", "!*.org", "!db*", "!nothing"),
            Gen.Elements<string>(Vocabulary.HostPatterns));

    private static readonly Gen<string> PatternList = Some(3, Pattern).Select(list => string.Join(',', list));

    /// <summary>Begins a block.</summary>
    public static Gen<string> Any(Vocabulary vocabulary) => Gen.Frequency((2, Host), (3, Match(vocabulary)));

    /// <summary>One that ssh refuses.</summary>
    public static Gen<string> Invalid(Vocabulary vocabulary) => Gen.Elements(
        "Host", "Host \"\"", "Host web1 \"\"", "Match", "Match all host web1", "Match host", "Match host web1 all",
        "Match nonsense x", "Match user \"\"", "Match exec", "Match exec \"%q\"", "Match host #x", "Match # nothing",
        "Match canonical final all", "Host \"web1", "Match host \"web1",
        vocabulary.IsNewer ? "Match localnetwork 127.0.0.1/99" : "Match exec \"\"",
        vocabulary.IsNewer ? "Match localnetwork !127.0.0.0/8" : "Match user alice,\"bob");

    private static Gen<string> Host { get; } =
        from words in Some(3, Pattern)
        from line in LineWriting.Write("Host", words)
        select line;

    private static Gen<string> Match(Vocabulary vocabulary) =>
        from criteria in Gen.Frequency(
            (1, Gen.Elements("all", "all", "!all", "ALL", "final all", "canonical all", "!canonical all", "all # x")),
            (9, Some(3, Criterion(vocabulary))
                .SelectMany(words => Gen.Elements(string.Join(' ', words), string.Join("  ", words)))))
        from keyword in InAnyCase("Match")
        from separator in Gen.Frequency((9, Gen.Constant(" ")), (1, Gen.Elements("\t", "=", " = ")))
        from end in Gen.Frequency((9, Gen.Constant("")), (1, Gen.Elements(" ", " # a comment", "\r")))
        select keyword + separator + criteria + end;

    private static Gen<string> Criterion(Vocabulary vocabulary) =>
        from negation in Rarely(25, Gen.Constant("!"), Gen.Constant(""))
        from text in Gen.Frequency(
            (1, vocabulary.IsNewer || negation.Length == 0
                ? Gen.Elements("canonical", "final", "FINAL") : Gen.Constant("canonical")),
            (6, Gen.Frequency([.. Criteria(vocabulary).Select(criterion => (criterion.Weight, criterion.Text))])))
        select negation + text;

    private static IEnumerable<(int Weight, Gen<string> Text)> Criteria(Vocabulary vocabulary)
    {
        Gen<string> With(string name, Gen<string> argument, bool mayHaveEquals = true) =>
            from attribute in InAnyCase(name)
            from value in argument
            from text in Written(vocabulary, attribute, value, mayHaveEquals)
            select text;

        yield return (4, With("host", PatternList));
        yield return (3, With("originalhost", PatternList));
        yield return (3, With("user", List(2, "root", "alice", "bob", "a*", "!alice", "*")));
        yield return (2, With("localuser", List(2, "root", "nobody", "*", "!nobody")));
        yield return (3, With("exec", Gen.Elements(
            "true", "false", "test %h = web1", "test %n = web1", "test '%r' = alice", "exit 3", "test %p -eq 22",
            "test \"x\" = x", "test '%%' = '%%'", "test '%k' = '%h'",
            "test -n '%L' -a '%i' = 0 -a '%u' = root -a -n '%C%l%d'")));
        if (!vocabulary.IsNewer) yield break;

        yield return (3, With("tagged", Gen.Elements("blue", "blue,green", "b*", "!blue,*", "", "a b", "Blue")));
        yield return (3, With("command", Gen.Elements("uptime", "up*", "", "*", "!uptime,*", "echo *", "echo hello")));
        yield return (3, With("localnetwork", Gen.Elements(
            "127.0.0.0/8", "10.99.0.0/16", "10.99.0.0/16,::1/128", "10.99.0.0/16,0.0.0.0/0", "127.0.0.1", "::/0")));
        yield return (3, With(
            "sessiontype", List(2, "shell", "exec", "none", "subsystem", "s*", "!shell"), mayHaveEquals: false));
        yield return (2, With("version", Gen.Elements("OpenSSH_10.*", "OpenSSH_9*", "*", "!OpenSSH_9*,OpenSSH_*")));
        yield return (1, Gen.Elements(
            "exec 'test \"%h\" = web1'", "exec test\\ %h\\ =\\ web1", "tagged ''", "host 'web1'"));
    }

    // The older one takes a line of Match apart in another way: no quote in a quoted word.
    private static Gen<string> Written(Vocabulary vocabulary, string attribute, string value, bool mayHaveEquals)
    {
        var quoted = vocabulary.IsNewer ? LineWriting.Word(value)
            : value.Contains(' ', StringComparison.Ordinal) || value.Length == 0
                ? Gen.Constant($"\"{value.Replace('"', '\'')}\"")
                : Gen.Frequency((5, Gen.Constant(value)), (1, Gen.Constant($"\"{value.Replace('"', '\'')}\"")));
        var separators = !mayHaveEquals ? Gen.Constant(" ")
            : Gen.Frequency((4, Gen.Constant(" ")), (1, Gen.Constant("=")));
        return from text in quoted from separator in separators select attribute + separator + text;
    }
}
