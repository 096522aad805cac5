namespace SshMux.Engine.Tests.Peers;

/// <summary>By which of our forwards SSH.NET reaches the server behind ours.</summary>
public enum SshNetRoute
{
    /// <summary>A local forward: -L.</summary>
    Local,

    /// <summary>A dynamic forward (-D) that is asked with SOCKS 4, for an address.</summary>
    Socks4,

    /// <summary>A dynamic forward (-D) that is asked with SOCKS 5, for a name.</summary>
    Socks5,

    /// <summary>A remote forward: -R, whose listener is sshd's.</summary>
    Remote,

    /// <summary>A remote forward without a target (-R PORT): the server listens, and SOCKS 5 is spoken with us.</summary>
    RemoteSocks5,
}
