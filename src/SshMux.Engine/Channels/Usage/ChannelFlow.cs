namespace SshMux.Engine.Channels.Usage;

/// <summary>Which way data of a channel goes.</summary>
internal enum ChannelFlow
{
    /// <summary>To the server: a program's standard input.</summary>
    Input = 0,

    /// <summary>From the server: standard output.</summary>
    Output = 1,

    /// <summary>From the server: error output (SSH_EXTENDED_DATA_STDERR).</summary>
    Error = 2,
}
