using System.Management.Automation;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell;

/// <summary>Unlocks masters that Lock-SshMaster has locked.</summary>
[Cmdlet(VerbsCommon.Unlock, "SshMaster", DefaultParameterSetName = ByMaster, SupportsShouldProcess = true)]
[OutputType(typeof(Master))]
public sealed class UnlockSshMasterCommand : MasterLockCmdlet
{
    private protected override string What => "Unlock the master";

    private protected override Task ProcessAsync(
        Master master, byte[] passphrase, CancellationToken cancellationToken) =>
        master.UnlockAsync(passphrase, cancellationToken);
}
