namespace SshMux.PowerShell;

/// <summary>
/// A line that a remote command wrote to its standard error, as Invoke-SshMux -Stream gives it in the information
/// stream.
/// </summary>
public sealed class ErrorLine
{
    /// <summary>The tags of the information records that have these as their data.</summary>
    internal static readonly string[] Tags = ["PSHOST", "StandardError"];

    private readonly bool _showHost;

    internal ErrorLine(string hostName, string line, bool showHost)
    {
        HostName = hostName;
        Line = line;
        _showHost = showHost;
    }

    /// <summary>The host that the command runs on.</summary>
    public string HostName { get; }

    /// <summary>The line, without its end.</summary>
    public string Line { get; }

    /// <summary>The line; after its host where there are several.</summary>
    public override string ToString() => _showHost ? $"[{HostName}] {Line}" : Line;
}
