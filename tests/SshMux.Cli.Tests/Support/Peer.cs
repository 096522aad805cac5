namespace SshMux.Cli.Tests.Support;

/// <summary>Whose program plays a part.</summary>
public enum Peer
{
    /// <summary>OpenSSH's ssh.</summary>
    OpenSsh,

    /// <summary>An ssh of OpenSSH 10.3 or later, where there is one.</summary>
    NewOpenSsh,

    /// <summary>The command under test.</summary>
    SshMux,
}
