using System.Management.Automation;

namespace SshMux.PowerShell.Objects;

/// <summary>A file that Copy-SshMuxItem has copied.</summary>
public sealed class CopiedItem
{
    internal const string TypeName = "SshMux.CopiedItem";

    /// <summary>The host; the control path if the master at it does not tell its host.</summary>
    public required string HostName { get; init; }

    /// <summary>Where it was copied from: a path of this machine, or of the server.</summary>
    public required string Source { get; init; }

    /// <summary>Where it was copied to.</summary>
    public required string Destination { get; init; }

    /// <summary>Its length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>How many of its bytes an earlier copy had left there (-Resume); else 0.</summary>
    public required long ResumedAt { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The destination.</summary>
    public override string ToString() => Destination;

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);
}
