using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using SshMux.PowerShell.Masters;

namespace SshMux.PowerShell;

/// <summary>Completes -Master and -Name with the masters of this process, and the user's in the background.</summary>
public sealed class MasterNameCompleter : IArgumentCompleter
{
    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = wordToComplete.Trim('\'', '"');
        var pattern = WildcardPattern.Get(word + "*", WildcardOptions.IgnoreCase);
        var matching = MasterRegistry.Find("*").Where(master => pattern.IsMatch(master.Name));
        return matching.Select(master => new CompletionResult(
            Quote(master.Name),
            master.Name,
            CompletionResultType.ParameterValue,
            $"{master.UserName}@{master.HostName}, {master.State}"));
    }

    private static string Quote(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? name
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}
