namespace SshMux.Cli;

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

    /// <summary>Speak SSH connection messages over standard input and output.</summary>
    Proxy,

    /// <summary>Tell about the connection.</summary>
    ConnectionInfo,

    /// <summary>Tell about the channels.</summary>
    Channels,
}
