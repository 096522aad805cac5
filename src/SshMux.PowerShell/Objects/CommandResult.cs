using System.Management.Automation;

namespace SshMux.PowerShell.Objects;

/// <summary>
/// How a remote command ended, and what it wrote. A non-zero exit status is a result like any other. No property can be
/// changed; the arrays are the reader's own.
/// </summary>
public sealed class CommandResult
{
    internal const string TypeName = "SshMux.CommandResult";

    internal CommandResult()
    {
    }

    /// <summary>The host; the control path if the master at it does not tell its host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>The command, or the subsystem's name; null for a login shell.</summary>
    public string? Command { get; internal init; }

    /// <summary>The exit status; null if the command was killed by a signal or the server told none.</summary>
    public int? ExitStatus { get; internal init; }

    /// <summary>
    /// The signal that killed the command, without SIG ("TERM"); null if none did or the master does not tell.
    /// </summary>
    public string? ExitSignal { get; internal init; }

    /// <summary>Whether the exit status is 0.</summary>
    public bool Success => ExitStatus == 0;

    /// <summary>
    /// The lines that it wrote to its standard output, without their ends; empty if it went elsewhere (OutputBytes,
    /// OutputFile, or as it came).
    /// </summary>
    public string[] Output { get; internal init; } = [];

    /// <summary>What it wrote to its standard output, as it is (-AsByteStream); else null.</summary>
    public byte[]? OutputBytes { get; internal init; }

    /// <summary>The file that has its standard output (-OutputFile); else null.</summary>
    public string? OutputFile { get; internal init; }

    /// <summary>The lines that it wrote to its standard error.</summary>
    public string[] ErrorOutput { get; internal init; } = [];

    /// <summary>The time from the request for a session to the end of the command.</summary>
    public TimeSpan Duration { get; internal init; }

    /// <summary>The output as one text.</summary>
    public override string ToString() => string.Join('\n', Output);

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);
}
