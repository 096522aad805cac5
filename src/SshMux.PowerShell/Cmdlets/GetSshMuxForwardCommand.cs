using System.Management.Automation;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell;

/// <summary>
/// Lists the forwards of masters of this process, in the background, and of any other; whoever asked for them. Of a master
/// of ssh, which has no list, those are known that this process has added.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SshMuxForward", DefaultParameterSetName = ByMaster)]
[OutputType(typeof(Forward))]
public sealed class GetSshMuxForwardCommand : SshCmdlet
{
    /// <summary>The masters whose forwards to list: objects, or names (wildcards are allowed); else all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Master { get; set; }

    /// <summary>The control sockets of the masters whose forwards to list.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string[] ControlPath { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByControlPath)
        {
            foreach (var path in ControlPath) Try(path, () => List(MasterAt(path)));
            return;
        }

        if (Master is not null)
        {
            foreach (var master in Master.SelectMany(ResolveMaster)) TryOn(master, master, () => List(master));
            return;
        }

        Master[] masters =
        [
            .. MasterRegistry.All.Concat(MasterRegistry.Background).Where(master => master.KnownState != MasterState.Ended),
        ];
        foreach (var master in masters) TryOn(master, master, () => List(master));
        var listed = masters.Select(master => master.ControlPath).ToHashSet();
        var others = SocketForwards.All.Select(forward => forward.Master).DistinctBy(master => master.ControlPath);
        foreach (var master in others.Where(master => !listed.Contains(master.ControlPath)))
        {
            TryOn(master, master, () => List(master));
        }
    }

    private void List(Master master)
    {
        foreach (var forward in Await(master.ForwardListAsync)) WriteObject(forward.ToPSObject());
    }
}
