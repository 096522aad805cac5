using SshMux.Engine.Channels;

namespace SshMux.Engine.Clients;

/// <summary>What a command gave.</summary>
/// <param name="Exit">How it ended.</param>
/// <param name="Output">What it wrote, as UTF-8.</param>
/// <param name="ErrorOutput">What it wrote to its standard error, as UTF-8.</param>
public sealed record CommandOutput(CommandExit Exit, string Output, string ErrorOutput)
{
    /// <summary>Whether it ended by itself with status 0.</summary>
    public bool Succeeded => Exit.Status == 0;
}
