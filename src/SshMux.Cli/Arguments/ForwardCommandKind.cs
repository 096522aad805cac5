namespace SshMux.Cli.Arguments;

/// <summary>What a line of the command line that <c>~C</c> opens asks for.</summary>
internal enum ForwardCommandKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The list of commands.</summary>
    Help,

    /// <summary>Open a forward (-L, -R, -D).</summary>
    Open,

    /// <summary>Close a forward (-KL, -KR, -KD).</summary>
    Close,
}
