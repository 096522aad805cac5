using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

// Of the newer OpenSSH, whose ways are ours, from the older one.
internal static partial class KnownDifferences
{
    private static readonly HashSet<string> OtherAlgorithms =
    [
        "mlkem768x25519-sha256", "mlkem768nistp256-sha256", "ssh-mldsa44-ed25519", "ssh-mldsa44-ed25519-cert",
        // Not new, but not among the older one's defaults.
        "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
        // Gone.
        "ssh-dss", "ssh-dss-cert-v01@openssh.com",
    ];

    /// <summary>What 9.2 prints and takes in another way than 10.6.</summary>
    public static ImmutableArray<KnownDifference> OfTheOlder { get; } =
    [
        Values(
            "TCPKeepAlive", "it has more values now, and is printed as the first of those that mean the same",
            [], (ours, theirs) => theirs.Replace("yes", "true").Replace(" no", " false") == ours),
        Values(
            "CanonicalizePermittedCNAMEs", "9.2 prints it with a capital letter",
            [], (ours, theirs) => theirs.StartsWith("canonicalizeP", StringComparison.Ordinal)
                && string.Equals(ours, theirs, StringComparison.OrdinalIgnoreCase)),
        new(
            "GSSAPI", "Debian built the older one with it, and with keywords of its own",
            ["GSSAPIAuthentication yes"],
            (found, _) => found.Keyword.StartsWith("gssapi", StringComparison.Ordinal) && found.Ours.IsEmpty),
        new(
            "values of GSSAPI", "only 9.2 looks at them",
            ["GSSAPIAuthentication perhaps"],
            (found, _) => found.Kind is DisagreementKind.Refusal or DisagreementKind.Place
                && found.Ours.Where(line => line.Contains("Unsupported option \"gssapi", StringComparison.Ordinal))
                    .Select(WithoutReason).Intersect(found.Theirs.Select(WithoutReason)).Any()),
        new(
            "newer keywords", "they have their defaults", [],
            (found, _) => found.Theirs.IsEmpty && found.Ours is
            ["warnweakcrypto yes" or "obscurekeystroketiming yes" or "channeltimeout none" or "revokedhostkeys none"]),
        new(
            "key files", "no XMSS and no DSA any more, but ML-DSA", [],
            (found, _) => found is { Keyword: "identityfile", Ours: [.., "identityfile ~/.ssh/id_mldsa44_ed25519"] }
                && found.Theirs is [.., "identityfile ~/.ssh/id_xmss", "identityfile ~/.ssh/id_dsa"]),
        Values(
            "algorithms", "there are others, and other defaults",
            ["Ciphers +aes128-cbc", "KexAlgorithms -*sha1", "HostKeyAlgorithms ssh-*"],
            (ours, theirs) => Algorithms(ours) is { Length: > 1 } list && list.SequenceEqual(Algorithms(theirs))),
        Values(
            "IPQoS", "other defaults; and what names no class of RFC 2474 leaves it to the system",
            ["IPQoS ef reliability"],
            (ours, theirs) => (ours, theirs)
                is ("ipqos ef cs0", "ipqos lowdelay throughput") or ("ipqos ef none", "ipqos ef le")),
        new(
            "place of RevokedHostKeys", "it is a list now, and printed among those",
            ["RevokedHostKeys /x"],
            (found, configuration) => found is { Kind: DisagreementKind.Order }
                && found.Theirs is [var line] && line.StartsWith("revokedhostkeys ", StringComparison.Ordinal)),
        Values(
            "RevokedHostKeys", "its ~, tokens and variables are replaced now",
            ["RevokedHostKeys ~/x"],
            (ours, theirs) => theirs.StartsWith("revokedhostkeys ", StringComparison.Ordinal)
                && theirs.AsSpan().ContainsAny('~', '%', '$')),
        new(
            "several files of revoked keys", "9.2 takes one",
            ["RevokedHostKeys /x /y"],
            (found, _) => found is { Kind: DisagreementKind.Refusal or DisagreementKind.Place }
                && found.Theirs.Any(message => message.EndsWith(
                    ": keyword revokedhostkeys extra arguments at end of line", StringComparison.Ordinal)
                    || message.EndsWith(
                        " keyword revokedhostkeys extra arguments at end of line", StringComparison.Ordinal))),
        Values(
            "User", "its tokens and variables are replaced now",
            ["User %u-x"],
            (ours, theirs) => theirs.StartsWith("user ", StringComparison.Ordinal)
                && theirs.AsSpan().ContainsAny('%', '$')),
        Values(
            "SetEnv", "its tokens and variables are replaced now",
            ["SetEnv A=b H=%h"],
            (ours, theirs) => theirs.StartsWith("setenv ", StringComparison.Ordinal)
                && theirs.AsSpan().ContainsAny('%', '$')),
        new(
            "%C with ProxyJump", "the hash is of the jump host, too",
            ["ProxyJump jump", "ControlPath /tmp/%C"],
            (found, configuration) => Says(configuration, "ProxyJump")
                && found.Ours.Length > 0
                && found.Ours.Select(WithoutHash).SequenceEqual(found.Theirs.Select(WithoutHash))),
        new(
            "StreamLocalBindMask", "9.2 takes the last, and even of blocks that do not apply",
            ["Host nothing", "  StreamLocalBindMask 0"],
            (found, configuration) => found.Keyword == "streamlocalbindmask"
                && Says(configuration, "StreamLocalBindMask")),
        new(
            "SetupTimeOut", "Debian's older one takes its own name of ConnectTimeout for ServerAliveInterval",
            ["SetupTimeOut 5"],
            (found, configuration) => found.Keyword is "connecttimeout" or "serveraliveinterval"
                && Says(configuration, "SetupTimeOut")),
        new(
            "Match !final", "9.2 reads the configuration once more for it",
            ["Match !final", "  SendEnv A", "Match canonical", "  User x"],
            (found, configuration) => found.Keyword == "user" && Says(configuration, "!final")),
        Refused(
            "times", "9.2 takes a sign, and seconds twice; no parts of a second, which 10.6 does",
            ["ConnectTimeout 5s5"], ": invalid time value."),
        Refused("numbers of IPQoS", "they are decimal now", ["IPQoS 0x10"], ": Bad IPQoS value: 0x10"),
        Refused(
            "= in Match", "9.2 has it between words, too",
            ["Match host = web1"], ": missing argument for Match 'web1'"),
        Refused(
            "tokens in Include", "9.2 has none", ["Include /no-such/a%b"], "unknown key %b"),
        Refused(
            "no cipher before a comma", "9.2 passes it over", ["Ciphers ,aes128-ctr"],
            ": Bad SSH2 cipher spec ',aes128-ctr'."),
        Refused(
            "keywords of Debian's GSSAPI", "they are those of another package now",
            ["GSSAPIKeyExchange no"], ": Bad configuration option: gssapikeyexchange"),
        Refused(
            "certificates that sign certificates", "there are none, and 9.2 finds it out too late",
            ["CASignatureAlgorithms ssh-ed25519-cert-v01@openssh.com"],
            ": Bad key types 'ssh-ed25519-cert-v01@openssh.com'."),
        new(
            "no MAC before a comma", "9.2 passes it over", ["MACs ,hmac-sha1"],
            (found, _) => found is { Kind: DisagreementKind.Refusal, Theirs: ["taken", ..] }
                && found.Ours.Any(line => line.Contains(": Bad SSH2 MAC spec ',", StringComparison.Ordinal))),
        Refused(
            "no domains", "9.2 takes that for none", ["CanonicalDomains # x"], ": no canonicaldomains specified"),
        Refused("DSA", "it is gone", ["HostKeyAlgorithms +ssh-dss"], ": Bad key types '+ssh-dss'."),
        new(
            "as many domains as one likes", "9.2 takes no more than 32",
            ["CanonicalDomains " + string.Join(' ', Enumerable.Range(1, 33).Select(number => $"d{number}"))],
            (found, _) => found is { Kind: DisagreementKind.Refusal, Ours: ["taken", ..] }
                && found.Theirs.Any(
                    message => message.EndsWith(": too many hostname suffixes.", StringComparison.Ordinal))),
    ];

    private static bool Says(GeneratedConfiguration configuration, string word) =>
        configuration.Options.Select(option => option.Argument ?? "")
            .Concat(configuration.Files.SelectMany(file => file.Lines))
            .Any(line => line.Contains(word, StringComparison.OrdinalIgnoreCase));

    // The place: file and line.
    private static string WithoutReason(string message) => message.Split(": ")[0];

    private static string WithoutHash(string line) => Hash.Replace(line, "HASH");

    private static string[] Algorithms(string line) =>
        line.Split(' ') is [var keyword and
            ("ciphers" or "kexalgorithms" or "hostkeyalgorithms" or "hostbasedacceptedalgorithms"
                or "pubkeyacceptedalgorithms" or "casignaturealgorithms"), var list]
            ? [keyword, .. list.Split(',').Where(name => !OtherAlgorithms.Contains(name)).Order(StringComparer.Ordinal)]
            : [];

    private static KnownDifference Values(
        string name, string reason, string[] example, Func<string, string, bool> isMeant) =>
        new(name, reason, example, (found, _) => found is { Kind: DisagreementKind.Values, Ours.Length: > 0 }
            && found.Ours.Length == found.Theirs.Length
            && found.Ours.Zip(found.Theirs).All(pair => pair.First == pair.Second || isMeant(pair.First, pair.Second)));

    // By the newer one, and so by us.
    private static KnownDifference Refused(string name, string reason, string[] example, string message) =>
        new(name, reason, example, (found, _) => found is { Kind: DisagreementKind.Refusal, Theirs: ["taken", ..] }
            && found.Ours.Any(line => line.EndsWith(message, StringComparison.Ordinal)));

    [GeneratedRegex("[0-9a-f]{40}")]
    private static partial Regex Hash { get; }
}
