using System.Text.RegularExpressions;

namespace SshMux.PowerShell.Objects;

/// <summary>
/// A line that a remote command wrote to its standard error, as Invoke-SshMux -Stream gives it in the information
/// stream.
/// </summary>
public sealed partial class ErrorLine
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

    /// <summary>
    /// The line as a terminal may have it: its colours stay, other control characters do not; after its host where there
    /// are several.
    /// </summary>
    public override string ToString()
    {
        var line = Unsafe().Replace(Line, "?");
        if (line.Contains('\e')) line += "\e[0m";
        return _showHost ? $"[{HostName}] {line}" : line;
    }

    // What is no colour (SGR), nor a tab.
    [GeneratedRegex(@"(?!\e\[[0-9;:]*m)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}-[\t]]", RegexOptions.CultureInvariant)]
    private static partial Regex Unsafe();
}
