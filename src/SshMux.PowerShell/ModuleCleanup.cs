using System.Management.Automation;
using System.Management.Automation.Runspaces;
using SshMux.PowerShell.Masters;

namespace SshMux.PowerShell;

/// <summary>Ends the masters of a runspace that removes the module.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc />
    public void OnRemove(PSModuleInfo psModuleInfo) =>
        MasterShutdown.Stop(MasterRegistry.TakeFrom(Runspace.DefaultRunspace));
}
