namespace SshMux.Engine.Channels;

/// <summary>What stands behind a channel on this side at one moment. A descriptor that is not there is -1.</summary>
internal readonly record struct ChannelEndStatus
{
    /// <summary>No descriptors: the ends are streams in this process.</summary>
    public static ChannelEndStatus Unknown => new() { Input = -1, Output = -1, Error = -1 };

    public int Input { get; init; }

    public int Output { get; init; }

    public int Error { get; init; }

    /// <summary>Whether the input is a socket, which is the output too.</summary>
    public bool IsSocket { get; init; }

    public bool IsTerminal { get; init; }

    /// <summary>Whether no more input comes.</summary>
    public bool InputEnded { get; init; }

    /// <summary>How many bytes were read and wait for the peer's window.</summary>
    public int InputWaiting { get; init; }

    /// <summary>How many bytes wait to be written.</summary>
    public int OutputWaiting { get; init; }

    /// <summary>Likewise, of the error output.</summary>
    public int ErrorWaiting { get; init; }
}
