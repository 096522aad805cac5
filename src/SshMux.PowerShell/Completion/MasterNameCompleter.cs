using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using SshMux.PowerShell.Masters;

namespace SshMux.PowerShell.Completion;

/// <summary>Completes -Master and -Name with the masters of this process, and those in the background.</summary>
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
        var word = new CompletionWord(wordToComplete);
        return CompletionWord.Offer(() => MasterRegistry.Find("*")
            .Where(master => word.Begins(master.Name))
            .Select(master =>
                word.Result(master.Name, master.Name, $"{master.UserName}@{master.HostName}, {master.KnownState}")));
    }
}
