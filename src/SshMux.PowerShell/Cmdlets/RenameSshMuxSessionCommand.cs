using System.Management.Automation;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell;

/// <summary>Gives a session of a master another name.</summary>
[Cmdlet(VerbsCommon.Rename, "SshMuxSession", SupportsShouldProcess = true, DefaultParameterSetName = BySession)]
public sealed class RenameSshMuxSessionCommand : SessionCmdlet
{
    /// <summary>The new name, a word that is no number; empty for none.</summary>
    [Parameter(Mandatory = true)]
    [AllowEmptyString]
    [OneText]
    public string NewName { get; set; } = "";

    /// <inheritdoc />
    private protected override void Process(Master master, string session, string shown, object target)
    {
        if (!ShouldProcess($"session {shown} of {master}", $"Call it '{NewName}'")) return;
        TryOn(master, target, () => Await(stop => master.RenameSessionAsync(session, NewName, stop)));
    }
}
