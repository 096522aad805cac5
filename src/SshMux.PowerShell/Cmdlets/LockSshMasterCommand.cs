using System.Management.Automation;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell;

/// <summary>Has masters open nothing new until they are unlocked; what runs goes on.</summary>
[Cmdlet(VerbsCommon.Lock, "SshMaster", DefaultParameterSetName = ByMaster, SupportsShouldProcess = true)]
[OutputType(typeof(Master))]
public sealed class LockSshMasterCommand : MasterLockCmdlet
{
    private const string Refuse = "Refuse";
    private const string Wait = "Wait";

    /// <summary>What becomes of what is asked for while it is locked: it is refused, or waits.</summary>
    [Parameter]
    [ValidateSet(Refuse, Wait)]
    [OneText]
    public string Mode { get; set; } = Refuse;

    private protected override string What => "Open nothing new until it is unlocked";

    private protected override Task ProcessAsync(
        Master master, byte[] passphrase, CancellationToken cancellationToken) =>
        master.LockAsync(Mode.Equals(Wait, StringComparison.OrdinalIgnoreCase), passphrase, cancellationToken);
}
