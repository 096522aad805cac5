namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>What the values of a keyword's lines come to.</summary>
internal enum KeywordKind
{
    /// <summary>The first one counts.</summary>
    First,

    /// <summary>All count, each but once.</summary>
    All,

    /// <summary>SendEnv: all words count, and some take others away.</summary>
    Environment,

    /// <summary>ForwardAgent: a flag, or a socket that is kept beside it.</summary>
    ForwardAgent,

    /// <summary>RekeyLimit: a size, and a time that is kept beside it.</summary>
    RekeyLimit,

    /// <summary>ProxyJump, which counts only where there is no ProxyCommand yet, and keeps a later one off.</summary>
    ProxyJump,

    /// <summary>Host: begins a section.</summary>
    Host,

    /// <summary>Match: begins a section.</summary>
    Match,

    /// <summary>Include: other files are read here.</summary>
    Include,

    /// <summary>RefuseConnection: there is no login.</summary>
    RefuseConnection,

    /// <summary>Once had a meaning; it is passed over.</summary>
    Ignored,

    /// <summary>OpenSSH says that it is not supported, and goes on.</summary>
    Unsupported,
}
