namespace SshMux.PowerShell.Masters.Background;

/// <summary>What the cmdlet and the process of a background master say to each other during the login.</summary>
internal enum FrameKind : byte
{
    /// <summary>To the process, first: <see cref="BackgroundSettings"/>.</summary>
    Settings = 1,

    /// <summary>To the process: id of the question, whether there is an answer, the answer in UTF-8.</summary>
    SecretAnswer,

    /// <summary>To the process: id of the question, yes or no.</summary>
    ConfirmAnswer,

    /// <summary>To the process: it is wanted, and on its own from now on.</summary>
    Accepted,

    /// <summary>To the cmdlet: id, jump host or "", kind, text, target, attempt, whether the answer may show.</summary>
    AskSecret,

    /// <summary>To the cmdlet: id, jump host or "", kind, text, target, another answer that means yes.</summary>
    AskConfirm,

    /// <summary>To the cmdlet: a text for the user.</summary>
    Message,

    /// <summary>To the cmdlet: the server's banner.</summary>
    Banner,

    /// <summary>To the cmdlet: level and text of a line of the log.</summary>
    Log,

    /// <summary>To the cmdlet: the master listens; its record. It waits for <see cref="Accepted"/>.</summary>
    Ready,

    /// <summary>To the cmdlet: there is no master; kind of error, and message.</summary>
    Failed,
}
