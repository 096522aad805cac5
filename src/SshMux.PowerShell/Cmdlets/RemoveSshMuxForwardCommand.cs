using System.Management.Automation;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell;

/// <summary>Has forwards stop listening; connections that they carry go on to their end.</summary>
[Cmdlet(VerbsCommon.Remove, "SshMuxForward", SupportsShouldProcess = true)]
public sealed class RemoveSshMuxForwardCommand : SshCmdlet
{
    /// <summary>The forwards, from Add-SshMuxForward or Get-SshMuxForward.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public Forward[] Forward { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var forward in Forward)
        {
            if (!ShouldProcess($"{forward.Specification} of {forward.Master}", "Remove the forward")) continue;
            TryOn(forward.Master, forward, () => Await(stop => forward.Master.CloseForwardAsync(forward, stop)));
        }
    }
}
