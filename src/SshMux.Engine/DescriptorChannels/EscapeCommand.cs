namespace SshMux.Engine.DescriptorChannels;

/// <summary>What is asked for by a key after the escape character at the beginning of a line.</summary>
internal enum EscapeCommand
{
    /// <summary><c>~.</c>: end the session, or the connection.</summary>
    Terminate,

    /// <summary><c>~^Z</c>: stop the process until its shell continues it.</summary>
    Suspend,

    /// <summary><c>~B</c>: send a BREAK (RFC 4335).</summary>
    Break,

    /// <summary><c>~C</c>: read a command about forwards.</summary>
    CommandLine,

    /// <summary><c>~I</c>: tell about the connection.</summary>
    Information,

    /// <summary><c>~R</c>: exchange new keys.</summary>
    Rekey,

    /// <summary><c>~V</c>: say less.</summary>
    LessVerbose,

    /// <summary><c>~v</c>: say more.</summary>
    MoreVerbose,

    /// <summary><c>~#</c>: list the channels.</summary>
    Channels,

    /// <summary><c>~&amp;</c>: go on in the background.</summary>
    Background,

    /// <summary><c>~?</c>: list the escapes.</summary>
    Help,
}
