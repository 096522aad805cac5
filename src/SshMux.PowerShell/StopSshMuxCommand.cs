using System.Management.Automation;
using SshMux.PowerShell.Masters;

namespace SshMux.PowerShell;

/// <summary>Ends masters with all that they carry, or lets their sessions finish first.</summary>
[Cmdlet(VerbsLifecycle.Stop, "SshMux", DefaultParameterSetName = ByMaster, SupportsShouldProcess = true)]
public sealed class StopSshMuxCommand : SshCmdlet
{
    /// <summary>The masters: objects, or names (wildcards are allowed).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Master { get; set; } = [];

    /// <summary>The control sockets of masters: ours, or those of <c>ssh -M</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string[] ControlPath { get; set; } = [];

    /// <summary>
    /// Only removes the control socket, so that no more clients come; the master ends with its last session.
    /// </summary>
    [Parameter]
    public SwitchParameter Graceful { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var value in Master)
        {
            foreach (var master in ResolveMaster(value)) End(master, value);
        }

        foreach (var path in ControlPath) Try(path, () => End(MasterAt(path), path));
    }

    private void End(Master master, object target)
    {
        var what = master.HostName is { } host ? $"{master.Name} ({host})" : master.ControlPath;
        if (!ShouldProcess(what, Graceful ? "Stop listening and let the sessions finish" : "Stop the master")) return;
        if (!Try(target, () => Await(stop => master.StopAsync(Graceful, stop)))) return;
        if (master.State == MasterState.Ended) MasterRegistry.Remove(master);
    }
}
