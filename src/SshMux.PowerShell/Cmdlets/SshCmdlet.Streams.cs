using System.Management.Automation;
using System.Management.Automation.Remoting.Internal;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Cmdlets;

/// <content>
/// The way to a person: every text that a cmdlet shows goes through here, without what a peer could do to a terminal
/// with it.
/// </content>
public abstract partial class SshCmdlet
{
    /// <summary>Whether debug messages are wanted, by -Debug or else by $DebugPreference.</summary>
    private protected bool WantsDebug =>
        MyInvocation.BoundParameters.TryGetValue("Debug", out var debug)
            ? LanguagePrimitives.IsTrue(debug)
            : LanguagePrimitives.TryConvertTo<ActionPreference>(
                GetVariableValue("DebugPreference"), out var preference)
                && preference is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    // Under -Debug PowerShell asks before each verbose message and warning whether to go on: in the middle of a login,
    // or where nobody can be asked. It is enough to show them.
    private bool IsDebugging =>
        MyInvocation.BoundParameters.TryGetValue("Debug", out var debug) && LanguagePrimitives.IsTrue(debug);

    internal new void WriteVerbose(string text)
    {
        if (IsDebugging && !IsBound("Verbose")) Show(PSStreamObjectType.Verbose, text);
        else base.WriteVerbose(Printable.Lines(text));
    }

    internal new void WriteWarning(string text)
    {
        if (IsDebugging && !IsBound("WarningAction")) Show(PSStreamObjectType.Warning, text);
        else base.WriteWarning(Printable.Lines(text));
    }

    internal new void WriteDebug(string text) => base.WriteDebug(Printable.Lines(text));

    internal new void WriteInformation(object data, string[] tags) =>
        base.WriteInformation(data is string text ? Printable.Lines(text) : data, tags);

    internal new void WriteProgress(ProgressRecord record)
    {
        record.Activity = Printable.Lines(record.Activity);
        record.StatusDescription = Printable.Lines(record.StatusDescription);
        if (record.CurrentOperation is { } operation) record.CurrentOperation = Printable.Lines(operation);
        base.WriteProgress(record);
    }

    internal new bool ShouldProcess(string target, string action) =>
        base.ShouldProcess(Printable.Lines(target), Printable.Lines(action));

    private protected bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private void Show(PSStreamObjectType stream, string text) =>
        new PSStreamObject(stream, Printable.Lines(text)).WriteStreamObject(this, overrideInquire: true);
}
