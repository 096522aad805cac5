namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>The marker at the beginning of a line of known_hosts.</summary>
internal enum KnownHostsMarker
{
    /// <summary>None: the host's key.</summary>
    None,

    /// <summary>@revoked: the key must not be accepted.</summary>
    Revoked,

    /// <summary>@cert-authority: the key signs host certificates.</summary>
    CertificateAuthority,
}
