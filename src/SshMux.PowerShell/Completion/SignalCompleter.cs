using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SshMux.PowerShell.Completion;

/// <summary>Completes -Signal with the signals that sshd sends.</summary>
public sealed class SignalCompleter : IArgumentCompleter
{
    private static readonly string[] Names =
        ["TERM", "INT", "HUP", "KILL", "QUIT", "USR1", "USR2", "ABRT", "ALRM", "FPE", "ILL", "PIPE", "SEGV"];

    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = new CompletionWord(wordToComplete);
        return Names.Where(word.Begins).Select(name => word.Result(name, name, $"SIG{name}"));
    }
}
