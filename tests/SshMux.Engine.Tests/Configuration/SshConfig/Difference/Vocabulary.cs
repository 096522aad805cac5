using System.Collections.Immutable;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>
/// What the words of a configuration are taken from. For the older OpenSSH that is what the newer one takes, too;
/// <see cref="KnownDifferences"/> has examples of the rest.
/// </summary>
internal sealed record Vocabulary(OpenSshGeneration Generation, CanonicalNames CanonicalNames)
{
    private static readonly string[] Addresses =
    [
        "127.0.0.1", "127.1", "0x7f.1", "::1", "0::1", "::ffff:127.0.0.1", "10.0.0.5", "2001:DB8:0::1", "fe80::1%%lo",
        "fe80::1%%no-interface", "1.2.3.4.5",
    ];

    private static readonly string[] DottedNames = ["a.b.c.example.org", "A.B.C.Example.Org", "web1.x.y.z"];

    /// <summary>Whether the newer OpenSSH reads it.</summary>
    public bool IsNewer => Generation == OpenSshGeneration.Newer;

    /// <summary>Hosts to connect to.</summary>
    public string[] Destinations => CanonicalNames == CanonicalNames.OnlyDottedNames
        ? [.. DottedNames, .. DottedNames, "127.0.0.1", "::1"]
        : ["web1", "web1", "web2", "WEB1", "db1.example.org", "localhost", "127.0.0.1", "::1", "127.1"];

    /// <summary>Values of HostName.</summary>
    public string[] HostNames => CanonicalNames == CanonicalNames.OnlyDottedNames
        ? ["%h", "%h.example.org", "a.b.c.d.Example.NET", .. Addresses]
        : ["%h", "%h.example.org", "x%%y", "Real.Example.NET", "localhost", "web2", "%h%h", .. Addresses];

    /// <summary>Patterns of Host and Match.</summary>
    public static ImmutableArray<string> HostPatterns { get; } =
    [
        "web1", "web2", "web*", "web?", "*", "?eb1", "WEB*", "*.example.org", "*.org", "a.*", "127.0.0.*", "local*",
        "db1*",
        "*1", "nothing", "::1", "*:*",
    ];
}
