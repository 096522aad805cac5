using System.Management.Automation;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell;

/// <summary>
/// Lists forwards: all those of this process's masters, whoever asked for them, and those that this process has added
/// to masters of other processes.
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
            foreach (var master in Master.SelectMany(ResolveMaster)) List(master);
            return;
        }

        foreach (var master in MasterRegistry.All) List(master);
        foreach (var forward in SocketForwards.All) WriteObject(forward.ToPSObject());
    }

    private void List(Master master)
    {
        foreach (var forward in master.Forwards()) WriteObject(forward.ToPSObject());
    }
}
