namespace SshMux.FrontEnds;

/// <summary>When the program of SSH_ASKPASS asks the user instead of the terminal.</summary>
public enum AskpassUse
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Where there is no terminal.</summary>
    WithoutTerminal,

    /// <summary>Always.</summary>
    Always,
}
