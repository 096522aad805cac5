namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>The OpenSSH that a configuration is written for.</summary>
public enum OpenSshGeneration
{
    /// <summary>The system's own, 9.2.</summary>
    Older,

    /// <summary>The one that lies beside it, 10.6 (<see cref="Support.NewerOpenSsh"/>).</summary>
    Newer,
}
