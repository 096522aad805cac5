namespace SshMux.Engine;

/// <summary>
/// What messages advise, in the words of the program that shows them: the command's options are no use to somebody at a
/// cmdlet. A front end says its words once, before it does anything else.
/// </summary>
internal sealed record Advice
{
    /// <summary>Those of this process; the command's if no front end has said any.</summary>
    public static Advice Words { get; set; } = new();

    /// <summary>How a private key is named.</summary>
    public string NameKey { get; init; } = "-i or IdentityFile";

    /// <summary>How only the named keys are offered.</summary>
    public string OnlyNamedKeys { get; init; } = "set IdentitiesOnly=yes and IdentityFile";

    /// <summary>How an unknown host key is accepted.</summary>
    public string AcceptHostKey { get; init; } = "StrictHostKeyChecking=ask or accept-new";

    /// <summary>How a master is ended.</summary>
    public string StopMaster { get; init; } = "-O exit";

    /// <summary>How a master is opened at a path, which follows.</summary>
    public string OpenMaster { get; init; } = "sshmux -M -S";
}
