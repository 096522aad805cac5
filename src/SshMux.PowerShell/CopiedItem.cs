using System.Management.Automation;
using SshMux.Engine.Transport;

namespace SshMux.PowerShell;

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

    /// <summary>
    /// A name as the views show it: a server may have put characters into it that a terminal would obey. The properties
    /// have names as they are.
    /// </summary>
#pragma warning disable CA1822 // views can only call what an object has
    public string Shown(string name) => Printable.Text(name ?? "", 4096);
#pragma warning restore CA1822

    /// <summary>The destination.</summary>
    public override string ToString() => Destination;

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);
}
