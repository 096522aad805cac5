namespace SshMux.Cli.Output;

/// <summary>
/// The command line cannot be understood, or asks for what is not there. The message is for the user.
/// </summary>
/// <param name="message">What is wrong; empty if the usage says it all.</param>
/// <param name="showUsage">Whether the usage follows the message.</param>
internal sealed class UsageException(string message, bool showUsage = false) : Exception(message)
{
    /// <summary>Whether the usage follows the message.</summary>
    public bool ShowUsage { get; } = showUsage;
}
