namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>What known_hosts says of a host's key.</summary>
internal enum KnownHostsStatus
{
    /// <summary>The host is not there.</summary>
    Unknown,

    /// <summary>The host is there with this key.</summary>
    Match,

    /// <summary>The host is there, but with other keys.</summary>
    Changed,

    /// <summary>The key is marked @revoked for this host.</summary>
    Revoked,
}
