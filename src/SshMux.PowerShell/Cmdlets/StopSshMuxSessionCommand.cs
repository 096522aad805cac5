using System.Management.Automation;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell;

/// <summary>Ends sessions of masters, whoever started them and whatever their programs do.</summary>
[Cmdlet(VerbsLifecycle.Stop, "SshMuxSession", SupportsShouldProcess = true, DefaultParameterSetName = BySession)]
public sealed class StopSshMuxSessionCommand : SessionCmdlet
{
    /// <inheritdoc />
    private protected override void Process(Master master, string session, string shown, object target)
    {
        if (!ShouldProcess($"session {shown} of {master}", "End the session")) return;
        TryOn(master, target, () => Await(stop => master.CloseSessionAsync(session, stop)));
    }
}
