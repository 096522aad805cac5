using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using SshMux.PowerShell.Masters;

namespace SshMux.PowerShell.Completion;

/// <summary>
/// Completes -HostName with the hosts of ssh_config, of known_hosts and of this process's masters; a user before the @
/// stays.
/// </summary>
public sealed class HostNameCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) => CompletionWord.Offer(() =>
    {
        var word = new CompletionWord(wordToComplete);
        var user = word.Text[..(word.Text.LastIndexOf('@') + 1)];
        var file = fakeBoundParameters["ConfigFile"] is { } path ? FilePath.Full($"{path}") : null;
        return Hosts(file).DistinctBy(host => host.Name, StringComparer.OrdinalIgnoreCase)
            .Where(host => word.Begins(user + host.Name))
            .OrderBy(host => host.Name, StringComparer.OrdinalIgnoreCase)
            .Select(host => word.Result(user + host.Name, host.Name, $"{host.Name}: {host.Origin}"));
    });

    private static IEnumerable<(string Name, string Origin)> Hosts(string? configFile)
    {
        foreach (var master in MasterRegistry.Find("*"))
        {
            if (master is { HostName: { } name, IsOpen: true }) yield return (name, $"master {master.Name}");
        }

        foreach (var (keyword, arguments) in ConfigurationFiles.Settings(configFile))
        {
            if (!keyword.Equals("Host", StringComparison.OrdinalIgnoreCase)) continue;
            foreach (var name in arguments)
            {
                if (name.AsSpan().IndexOfAny("*?!") < 0) yield return (name, "ssh_config");
            }
        }

        foreach (var name in ConfigurationFiles.KnownHosts())
        {
            // [host]:port is known at that port only, and a URI is the way to say so.
            var end = name.LastIndexOf("]:", StringComparison.Ordinal);
            if (name[0] != '[') yield return (name, "known_hosts");
            else if (end > 0) yield return ($"ssh://{name[1..end]}:{name[(end + 2)..]}", "known_hosts");
        }
    }
}
