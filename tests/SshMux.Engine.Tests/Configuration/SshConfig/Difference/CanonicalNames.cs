namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>
/// What a configuration may say of canonical names and which names it may have, so that nobody is asked for an address:
/// no test waits for a name server, and none depends on what it says.
/// </summary>
internal enum CanonicalNames
{
    /// <summary>No canonical names; the domains may be said, to no effect.</summary>
    Off,

    /// <summary>
    /// There are no domains to try: a name stays as it is, unless CanonicalizeFallbackLocal forbids it.
    /// </summary>
    WithoutDomains,

    /// <summary>All names have more dots than CanonicalizeMaxDots, or are addresses.</summary>
    OnlyDottedNames,

    /// <summary>A ProxyCommand, which resolves names itself.</summary>
    BehindProxy,
}
