using System.Management.Automation;

namespace SshMux.PowerShell.Objects;

/// <summary>What ssh_config says of a host, as Get-SshMuxOption -HostName gives it.</summary>
public sealed class HostSetting
{
    internal const string TypeName = "SshMux.HostSetting";

    /// <summary>The host, as it was named.</summary>
    public required string HostName { get; init; }

    /// <summary>The keyword of ssh_config(5).</summary>
    public required string Keyword { get; init; }

    /// <summary>The value that counts; keywords of which several count have an object for each.</summary>
    public required string Value { get; init; }

    /// <summary>Who says it: FILE:LINE, "command line" (-Options), or "default".</summary>
    public required string Source { get; init; }

    /// <summary>The file that says it; null: none does.</summary>
    public required string? File { get; init; }

    /// <summary>The line of the file, from 1; null: no file says it.</summary>
    public required int? Line { get; init; }

    /// <summary>The setting as a line of ssh_config.</summary>
    public override string ToString() => $"{Keyword} {Value}";

    internal PSObject ToPSObject() => PSObjects.Named(this, TypeName);
}
