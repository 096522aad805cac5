namespace SshMux.Cli.Tests.Support;

/// <summary>The servers that are not OpenSSH's.</summary>
public enum OtherServerKind
{
    /// <summary>dropbear as it comes.</summary>
    Dropbear,

    /// <summary>dropbear with what is best of it only.</summary>
    HardenedDropbear,

    /// <summary>asyncssh as it comes.</summary>
    Asyncssh,

    /// <summary>asyncssh with one algorithm of each kind.</summary>
    HardenedAsyncssh,

    /// <summary>tinysshd as it comes: one session a connection, no forwards.</summary>
    Tinyssh,

    /// <summary>tinysshd with curve25519-sha256 only.</summary>
    HardenedTinyssh,
}
