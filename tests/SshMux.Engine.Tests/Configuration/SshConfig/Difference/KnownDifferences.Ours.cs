using System.Collections.Immutable;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

// Of us from OpenSSH 10.6 as Debian has it.
internal static partial class KnownDifferences
{
    /// <summary>What we print and take in another way, on purpose.</summary>
    public static ImmutableArray<KnownDifference> OfOurs { get; } =
    [
        Values(
            "X11 trust", "Debian trusts the programs of a server with the display; OpenSSH itself does not.", ["Port 1"],
            (ours, theirs) => (ours, theirs) is ("forwardx11trusted no", "forwardx11trusted yes")),
        Values(
            "batch mode", "Debian asks whether the server lives every 300 s in batch mode; OpenSSH itself does not.",
            ["BatchMode yes"],
            (ours, theirs) => (ours, theirs) is ("serveraliveinterval 0", "serveraliveinterval 300")),
        Values(
            "SyslogFacility", "OpenSSH takes it out of sections for other hosts, too; with us it does nothing.",
            ["Host other", "SyslogFacility LOCAL0"],
            (ours, theirs) => ours.StartsWith("syslogfacility ", StringComparison.Ordinal)),
        new(
            "forwards to sockets", "OpenSSH shows those of LocalForward once more, as if they were dynamic.",
            ["LocalForward 1 /x"],
            (disagreement, _) => disagreement is { Kind: DisagreementKind.Values, Keyword: "dynamicforward" }
                && disagreement.Theirs.Except(disagreement.Ours).All(IsDynamic)
                && disagreement.Theirs.Where(disagreement.Ours.Contains).SequenceEqual(disagreement.Ours)),
        new(
            "a target called socks", "OpenSSH shows a LocalForward to a host of this name as a dynamic one.",
            ["LocalForward 1 socks:1"],
            (disagreement, _) => disagreement.Keyword is "localforward" or "dynamicforward"
                && disagreement.Ours.Concat(disagreement.Theirs).Count(line => line.EndsWith(" [socks]:1", StringComparison.Ordinal)) < 2),
        new(
            "addresses in ssh://", "OpenSSH gives its usage for ssh://[::1]; it is a destination by its draft, and useful.",
            [],
            (disagreement, configuration) => configuration.Destination.StartsWith("ssh://", StringComparison.Ordinal)
                && configuration.Destination.Contains('[') && SaysUsage(disagreement)),
        new(
            "User and ssh://", "OpenSSH does not expand User where the destination is a URI, even one without a user.", [],
            (disagreement, configuration) => configuration.Destination.StartsWith("ssh://", StringComparison.Ordinal)
                && (disagreement.Keyword == "user"
                    || disagreement.Theirs.Any(line =>
                        line.EndsWith("remote username contains invalid characters", StringComparison.Ordinal))
                    || (Says(configuration, "User") && DiffersByUser(disagreement)))),
        new(
            "a subsystem without a name", "The command says it of its own command line, not the reader of files.", [],
            (disagreement, _) => disagreement.Theirs.Contains("You must specify a subsystem to invoke.")),
        new(
            "an empty host", "We say so; OpenSSH looks it up.", [],
            (disagreement, configuration) => configuration.Destination.Length == 0
                && disagreement.Ours.Contains("the host name is empty")),
        new(
            "GSSAPI", "Debian's is built without it, and does not look at values of what it passes over. We take what other "
            + "distributions have in their files.",
            ["GSSAPIKeyExchange no"],
            (disagreement, _) => disagreement.Kind is DisagreementKind.Refusal or DisagreementKind.Place
                && disagreement.Theirs.Any(line => line.Contains("gssapi", StringComparison.Ordinal))),
        new(
            "an agent by the name of a variable", "OpenSSH looks for a file called $SSH_AUTH_SOCK before a login; what the "
            + "variable names counts then.",
            ["ForwardAgent $SSH_AUTH_SOCK", "ExitOnForwardFailure yes"],
            (disagreement, _) => disagreement.Theirs.Any(line =>
                line.StartsWith("Cannot forward agent socket path \"$", StringComparison.Ordinal))),
        new(
            "known_hosts whose names are no UTF-8", "They would have to be written under another name; we say so.", [],
            (disagreement, _) => disagreement.Ours.Any(line => line.EndsWith(" has bytes that are no UTF-8", StringComparison.Ordinal))),
        new(
            "ProxyJump none with a comment", "OpenSSH takes it for a host called none.", ["ProxyJump none # no"],
            (disagreement, _) => disagreement is { Keyword: "proxyjump", Ours: [], Theirs: [var line] }
                && line.Equals("proxyjump none", StringComparison.OrdinalIgnoreCase)),
        new(
            "classes of service in hexadecimal", "OpenSSH took them once, and prints them so.", ["IPQoS 0x10"],
            (disagreement, _) => disagreement.Theirs.Any(line => line.Contains("Bad IPQoS value: 0x", StringComparison.Ordinal))),
    ];

    // In %C, which is a hash of the user, too, or in %r.
    private static bool DiffersByUser(Disagreement disagreement) =>
        disagreement is { Kind: DisagreementKind.Values, Ours.Length: > 0 }
        && disagreement.Ours.Length == disagreement.Theirs.Length
        && disagreement.Ours.Zip(disagreement.Theirs).All(pair =>
            WithoutHash(pair.First) == WithoutHash(pair.Second) || pair.Second.AsSpan().ContainsAny('%', '$'));

    private static bool IsDynamic(string line) => line.StartsWith("dynamicforward ", StringComparison.Ordinal);

    private static bool SaysUsage(Disagreement disagreement) =>
        disagreement.Theirs.Any(line => line.StartsWith("usage: ssh", StringComparison.Ordinal));
}
