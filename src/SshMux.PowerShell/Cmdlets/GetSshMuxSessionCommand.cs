using System.Management.Automation;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <summary>
/// Lists the sessions of masters, whoever started them: this process, other clients of ours, and those of ssh.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SshMuxSession", DefaultParameterSetName = ByMaster)]
[OutputType(typeof(Session))]
public sealed class GetSshMuxSessionCommand : SshCmdlet
{
    /// <summary>
    /// The masters: objects, or names (wildcards are allowed); else all of this process and in the background.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[]? Master { get; set; }

    /// <summary>The control sockets of masters of ours.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string[] ControlPath { get; set; } = [];

    /// <summary>The names or numbers to list; wildcards are allowed in names.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Alias("Number")]
    public string[]? Name { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByControlPath)
        {
            foreach (var path in ControlPath) Try(path, () => List(MasterAt(path)));
            return;
        }

        IEnumerable<Master> masters = Master is null
            ? MasterRegistry.All.Concat(MasterRegistry.Background).Where(master => master.KnownState != MasterState.Ended)
            : Master.SelectMany(ResolveMaster);
        foreach (var master in masters) TryOn(master, master, () => List(master));
    }

    private void List(Master master)
    {
        var all = Await(master.SessionListAsync);
        if (Name is null)
        {
            foreach (var session in all) WriteObject(session.ToPSObject());
            return;
        }

        foreach (var name in Name)
        {
            var pattern = Wildcards.Get(name, WildcardOptions.None);
            var found = all
                .Where(one => one.Identity == name || (one.Name is { } called && pattern.IsMatch(called)))
                .ToArray();
            foreach (var session in found) WriteObject(session.ToPSObject());
            if (found.Length > 0 || Wildcards.AreIn(name)) continue;
            WriteError(ErrorRecords.Make(
                ErrorRecords.SessionNotFound,
                $"{master.Label}: there is no session '{name}' (any more)",
                ErrorCategory.ObjectNotFound,
                name));
        }
    }
}
