using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using static SshMux.Engine.Tests.Configuration.SshConfig.Difference.Words;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>
/// Generator of whole configurations. One in eight has mistakes in it; the others are meant to be taken, but what one
/// line says may still contradict another.
/// </summary>
internal sealed class ConfigurationGenerator
{
    /// <summary>The option that leaves names to a proxy.</summary>
    public const string Proxy = "ProxyCommand=nc %h %p";

    // In per cent.
    private const int WithMistakes = 12;

    // Lines of a configuration with mistakes that are mistakes, in per cent.
    private const int Mistakes = 12;

    private static readonly string[] Unknown =
        ["IgnoreUnknown UseKeychain,Also*", "UseKeychain yes", "AlsoUnknown a \"b c\" d"];

    private static readonly string[] OddLines =
    [
        "=Compression yes", "Po\"rt\" 5", "Port 5\0 and more", "\"Port 5", "\"Port\"=5", "Port==5", "Po\0rt 5",
        "\vPort 5", "\f", "\"\" x", "=", "Port", "User a\rb", "User \"a\"b'c d'", "User a\\ b", "User a\\b",
        "Port 5# x", "K\u00f6 x", "#", "\0",
    ];

    private readonly Vocabulary _vocabulary;
    private readonly int _mistakes;
    private readonly Gen<string> _setting;

    private ConfigurationGenerator(Vocabulary vocabulary, bool hasMistakes)
    {
        _vocabulary = vocabulary;
        _mistakes = hasMistakes ? Mistakes : 0;
        var keywords = Gen.Frequency(
            [.. KeywordValues.All(vocabulary).Select(forms => (forms.Weight, Gen.Constant(forms)))]);
        _setting =
            from forms in keywords
            from words in Rarely(_mistakes, forms.Invalid, forms.Valid)
            from line in LineWriting.Write(forms.Keyword, words, forms.IsText)
            select line;
    }

    /// <summary>Configurations for a generation, with what makes a smaller one of one that fails.</summary>
    public static Arbitrary<GeneratedConfiguration> For(OpenSshGeneration generation) => Arb.From(
        from names in Gen.Frequency(
            (5, Gen.Constant(CanonicalNames.Off)), (2, Gen.Constant(CanonicalNames.WithoutDomains)),
            (2, Gen.Constant(CanonicalNames.OnlyDottedNames)), (1, Gen.Constant(CanonicalNames.BehindProxy)))
        from mistakes in Gen.Choose(0, 99)
        let vocabulary = new Vocabulary(generation, names)
        from configuration in new ConfigurationGenerator(vocabulary, mistakes < WithMistakes).Whole
        select configuration,
        ConfigurationShrinker.Shrink);

    private Gen<GeneratedConfiguration> Whole =>
        from main in File(
            "config", 6,
            [
                "inc-1", "inc-2", "inc-?", "inc-*", "sub.conf", "*.conf", "[is]nc-1", "inc-[12]", "[!i]*.conf",
                "[^i]nc-1", "key",
            ])
        from first in File("inc-1", 2, ["inc-2", "sub.conf", "s*"])
        from second in File("inc-2", 1, ["sub.conf", "*.conf"])
        from third in File("sub.conf", 1, [])
        from options in Options
        from destination in Destination
        from command in Gen.Frequency(
            (6, Gen.Constant<string?>(null)),
            (2, Gen.Elements<string?>("uptime", "echo hello", "echo  two  spaces", "x")))
        select new GeneratedConfiguration(
            _vocabulary.Generation, [main, first, second, third], options,
            destination,
            // ssh -s wants to know which.
            options.Any(option => option.Flag == "-s") ? command ?? "sftp" : command);

    private Gen<ConfigurationFile> File(string name, int mostBlocks, string[] includes) =>
        from unknown in Rarely(name == "config" ? 8 : 1, Gen.Constant(Unknown), Gen.Constant<string[]>([]))
        from top in Block(4, includes)
        from count in Gen.Choose(0, mostBlocks)
        from blocks in (
            from line in Rarely(_mistakes, BlockLines.Invalid(_vocabulary), BlockLines.Any(_vocabulary))
            from settings in Block(5, includes)
            from indent in Gen.Elements("  ", "  ", "\t", "")
            select new[] { line }.Concat(settings.Select(text => indent + text))).ArrayOf(count)
        from odd in Gen.Choose(0, 99)
        select new ConfigurationFile(name, [.. unknown, .. top, .. blocks.SelectMany(lines => lines)])
        {
            LineEnd = odd is 1 or 2 or 3 ? "\r\n" : "\n",
            EndsWithoutLineEnd = odd is 4 or 5 or 6,
            HasByteOrderMark = odd == 7 && _mistakes > 0,
            IsWritableByOthers = odd > 96 && _mistakes > 0,
        };

    private Gen<IEnumerable<string>> Block(int most, string[] includes) =>
        from count in Gen.Choose(0, most)
        from lines in Gen.Frequency(
            (40, _setting.Select(line => new[] { line })),
            (_mistakes > 0 ? 2 : 0, Gen.Elements(OddLines).Select(line => new[] { line })),
            (2, Gen.Elements<string[]>([""], ["# a comment"], ["  # one more \"comment"], ["#"], [" \t"])),
            (4, Include(includes))).ArrayOf(count)
        select lines.SelectMany(line => line);

    // Only what comes later, for files that include one another are soon too many; but that is a mistake, too.
    private Gen<string[]> Include(string[] names) =>
        from words in Some(2, Rarely(
            _mistakes / 4, Gen.Constant("*"), Gen.Elements([.. names, "no-such", "no-such-*", .. NewerNames])))
        from line in LineWriting.Write("Include", [.. words.Select(word => $"{ConfigurationFile.Placeholder}/{word}")])
        select new[] { line };

    private string[] NewerNames => _vocabulary.IsNewer
        ? ["no-such-%h-%C", "${SSHMUX_TEST_MISSING}", "%%j", "no-%j"] : ["no-such.conf"];

    private Gen<ImmutableArray<CommandLineOption>> Options =>
        from keys in Rarely(20, Some(2, "key", "no-such-key"), None)
        from port in Rarely(15, Gen.Elements("22", "2222", "1"), Gen.Constant(""))
        from user in Rarely(25, Gen.Elements("alice", "bob", "Alice"), Gen.Constant(""))
        from kind in Gen.Frequency((12, Gen.Constant("")), (1, Gen.Elements("-N", "-s", "-W")))
        from count in Gen.Choose(0, 3)
        from settings in _setting.ArrayOf(count)
        select ImmutableArray.Create<CommandLineOption>(
        [
            .. keys.Select(key => new CommandLineOption("-i", $"{ConfigurationFile.Placeholder}/{key}")),
            .. port.Length > 0 ? new[] { new CommandLineOption("-p", port) } : [],
            .. user.Length > 0 ? new[] { new CommandLineOption("-l", user) } : [],
            .. kind.Length > 0 ? new[] { new CommandLineOption(kind, kind == "-W" ? "any:1" : null) } : [],
            .. _vocabulary.CanonicalNames == CanonicalNames.BehindProxy
                ? new[] { new CommandLineOption("-o", Proxy) } : [],
            .. settings.Select(setting => new CommandLineOption("-o", setting)),
        ]);

    private Gen<string> Destination =>
        from host in Gen.Elements(_vocabulary.Destinations)
        from wrong in Gen.Choose(0, 99)
        from text in wrong < _mistakes / 2
            ? Gen.Elements("web;1", "@web1", "ssh://", "ssh://web1:0", "ssh://web1/path", "", "a b", "-web1", "we$b",
                "x{y}", "a;b@web1")
            : Gen.Frequency(
                (12, Gen.Constant(host)),
                (2, Gen.Elements("alice@", "a@b@", "root@", "Bob@").Select(user => user + host)),
                (2, Uri(host)))
        select text;

    private static Gen<string> Uri(string host)
    {
        // ssh takes no address of IPv6 in one.
        var isIPv6 = host.Contains(':', StringComparison.Ordinal);
        return isIPv6 ? Gen.Frequency((4, Gen.Constant(host)), (1, Gen.Constant($"ssh://[{host}]"))) :
            from user in Gen.Elements("", "", "alice@", "a%20b@", "x+y@", "u;fingerprint=1@")
            from port in Gen.Elements("", "", ":22", ":2022", ":ssh")
            from end in Gen.Elements("", "", "/")
            select $"ssh://{user}{host}{port}{end}";
    }
}
