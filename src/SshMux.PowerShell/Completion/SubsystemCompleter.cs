using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SshMux.PowerShell.Completion;

/// <summary>Completes -Command with the subsystems that servers usually have, if -Subsystem was given.</summary>
public sealed class SubsystemCompleter : IArgumentCompleter
{
    private static readonly (string Name, string ToolTip)[] Known =
    [
        ("netconf", "network configuration (RFC 6242)"),
        ("powershell", "PowerShell remoting, where sshd_config has it"),
        ("sftp", "file transfer"),
    ];

    /// <inheritdoc />
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        if (!fakeBoundParameters.Contains("Subsystem")) return [];
        var word = new CompletionWord(wordToComplete);
        return Known.Where(one => word.Begins(one.Name)).Select(one => word.Result(one.Name, one.Name, one.ToolTip));
    }
}
