using System.Management.Automation;

namespace SshMux.PowerShell.Objects;

/// <summary>What Test-SshMux found.</summary>
public sealed class MasterStatus
{
    internal const string TypeName = "SshMux.Status";

    internal MasterStatus()
    {
    }

    /// <summary>The master's name; the control path if it is known by that only.</summary>
    public string Name { get; internal init; } = "";

    /// <summary>The host that the master is connected to; null if it is known by its control path only.</summary>
    public string? HostName { get; internal init; }

    /// <summary>The master's control socket; null if it has none.</summary>
    public string? ControlPath { get; internal init; }

    /// <summary>Whether the master answers, and the server behind it too.</summary>
    public bool Alive { get; internal init; }

    /// <summary>The process that the master lives in; null if it did not answer.</summary>
    public int? MasterPid { get; internal init; }

    /// <summary>How long the master took to answer; null if it did not, or has no socket to be asked at.</summary>
    public TimeSpan? MasterRoundTrip { get; internal init; }

    /// <summary>How long the server took to answer through the master; null if it did not.</summary>
    public TimeSpan? ServerRoundTrip { get; internal init; }

    /// <summary>Whether the master opens nothing new until it is unlocked (Lock-SshMaster).</summary>
    public bool Locked { get; internal init; }

    /// <summary>Why it is not alive; null if it is.</summary>
    public string? Reason { get; internal init; }

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);
}
