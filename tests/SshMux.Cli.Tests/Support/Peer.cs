namespace SshMux.Cli.Tests.Support;

/// <summary>Whose program plays a part.</summary>
public enum Peer
{
    /// <summary>OpenSSH's ssh.</summary>
    OpenSsh,

    /// <summary>The command under test.</summary>
    SshMux,
}
