namespace SshMux.FrontEnds;

/// <summary>When the program of SSH_ASKPASS asks the user instead of the terminal.</summary>
public enum AskpassUse
{
    /// <summary>Questions go to the terminal, or to nobody.</summary>
    Never,

    /// <summary>Where there is no terminal to ask at.</summary>
    WithoutTerminal,

    /// <summary>Even where there is a terminal.</summary>
    Always,
}
