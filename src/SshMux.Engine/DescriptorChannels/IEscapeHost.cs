namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// What a process can do at the escapes of its own session. Sessions that a master runs for others have none of this:
/// their users are told that it is not available. <see cref="Terminate"/> and <see cref="ChangeVerbosity"/> must not
/// block: they are called where keys are read.
/// </summary>
internal interface IEscapeHost
{
    /// <summary>Whether the command line (<c>~C</c>) is allowed (EnableEscapeCommandline).</summary>
    bool HasCommandLine { get; }

    /// <summary>Ends the connection with all that it carries (<c>~.</c>).</summary>
    void Terminate();

    /// <summary>
    /// Stops the process, with the terminal as its shell wants it (<c>~^Z</c>); completes when it has been continued.
    /// </summary>
    Task SuspendAsync();

    /// <summary>Reads a command about forwards on the terminal and carries it out (<c>~C</c>).</summary>
    Task RunCommandLineAsync();

    /// <summary>
    /// Says more or less from now on (<c>~v</c>, <c>~V</c>); gives the level's name, or null if messages do not go to
    /// the terminal.
    /// </summary>
    string? ChangeVerbosity(bool more);
}
