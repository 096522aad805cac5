namespace SshMux.Cli.Output;

/// <summary>How much is said on standard error (ssh_config's LogLevel).</summary>
internal enum Verbosity
{
    /// <summary>Nothing, not even why it failed.</summary>
    Quiet,

    /// <summary>Why it failed.</summary>
    Fatal,

    /// <summary>What went wrong, although the login or session goes on.</summary>
    Error,

    /// <summary>Warnings and what a user should know.</summary>
    Info,

    /// <summary>A little more.</summary>
    Verbose,

    /// <summary>What happens (-v).</summary>
    Debug1,

    /// <summary>In more detail (-vv).</summary>
    Debug2,

    /// <summary>In all detail, with stack traces (-vvv).</summary>
    Debug3,
}
