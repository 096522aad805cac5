using System.Text;
using SshMux.Engine.Channels;

namespace SshMux.PowerShell.Running;

/// <summary>What to run on each target, and what to do with its input and output.</summary>
internal sealed record CommandPlan
{
    /// <summary>The command, the subsystem or the shell.</summary>
    public required SessionRequest Request { get; init; }

    /// <summary>How long it may take; <see cref="Timeout.InfiniteTimeSpan"/>: as long as it likes.</summary>
    public TimeSpan TimeLimit { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>What turns output into text.</summary>
    public Encoding Encoding { get; init; } = Encoding.UTF8;

    /// <summary>Whether output is given as it comes, in place of one result at the end.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether output is bytes and not lines of text.</summary>
    public bool AsBytes { get; init; }

    /// <summary>Whether a command that fails is an error too.</summary>
    public bool ErrorOnNonZeroExit { get; init; }

    /// <summary>The command, or the subsystem's name.</summary>
    public string? Text => Request.Command;
}
