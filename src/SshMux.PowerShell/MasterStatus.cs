using System.Management.Automation;

namespace SshMux.PowerShell;

/// <summary>What Test-SshMux found.</summary>
public sealed class MasterStatus
{
    internal const string TypeName = "SshMux.Status";

    /// <summary>The master's name; the control path if it is known by that only.</summary>
    public required string Name { get; init; }

    /// <summary>The host that the master is connected to; null if it is known by its control path only.</summary>
    public string? HostName { get; init; }

    /// <summary>The master's control socket; null if it has none.</summary>
    public string? ControlPath { get; init; }

    /// <summary>Whether the master answers, and the server behind it too.</summary>
    public bool Alive { get; init; }

    /// <summary>The process that the master lives in; null if it did not answer.</summary>
    public int? MasterPid { get; init; }

    /// <summary>How long the master took to answer; null if it did not.</summary>
    public TimeSpan? MasterRoundTrip { get; init; }

    /// <summary>How long the server took to answer through the master; null if it did not.</summary>
    public TimeSpan? ServerRoundTrip { get; init; }

    /// <summary>Why it is not alive; null if it is.</summary>
    public string? Reason { get; init; }

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);
}
