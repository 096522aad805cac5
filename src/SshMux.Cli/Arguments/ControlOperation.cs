namespace SshMux.Cli.Arguments;

/// <summary>What <c>-O</c> asks of a master.</summary>
internal enum ControlOperation
{
    /// <summary>Is it there?</summary>
    Check,

    /// <summary>Open the forwards of the command line.</summary>
    Forward,

    /// <summary>Close the forwards of the command line.</summary>
    Cancel,

    /// <summary>End at once.</summary>
    Exit,

    /// <summary>Take no more clients.</summary>
    Stop,

    /// <summary>Run a session, or what else was asked for, over its connection with channels of our own.</summary>
    Proxy,

    /// <summary>Tell about the connection.</summary>
    ConnectionInfo,

    /// <summary>Tell about the channels.</summary>
    Channels,

    /// <summary>List the sessions.</summary>
    Sessions,

    /// <summary>List the forwards.</summary>
    Forwards,

    /// <summary>Send the program of a session a signal.</summary>
    Signal,

    /// <summary>End a session.</summary>
    Close,

    /// <summary>Give a session another name.</summary>
    Rename,

    /// <summary>Show what goes through a session, or through all.</summary>
    Watch,

    /// <summary>Open nothing new until it is unlocked.</summary>
    Lock,

    /// <summary>End that.</summary>
    Unlock,
}
