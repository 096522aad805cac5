using System.Management.Automation;
using SshMux.Engine;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Masters.Listening;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <summary>
/// Lists the masters of this process and those in the background; with -All those inside other processes, too, that
/// listen in the folder for control sockets, and with -ControlPath those at other paths.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SshMaster", DefaultParameterSetName = ByName)]
[OutputType(typeof(Master))]
public sealed class GetSshMasterCommand : SshCmdlet
{
    private const string ByName = "Name";

    // A living master answers at once; one that hangs must not hold up the list.
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(2);

    /// <summary>The names to list; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = ByName)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <summary>
    /// Lists the masters inside other processes as well: all that listen in the folder for control sockets.
    /// </summary>
    [Parameter(ParameterSetName = ByName)]
    public SwitchParameter All { get; set; }

    /// <summary>The control sockets to list, of any master; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string[] ControlPath { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByControlPath) ListPaths();
        else ListNames();
    }

    private void ListNames()
    {
        foreach (var name in Name)
        {
            var isPattern = Wildcards.AreIn(name);
            var count = 0;
            foreach (var master in MasterRegistry.Find(name))
            {
                WriteObject(master.ToPSObject());
                count++;
            }

            if (All || (count == 0 && !isPattern)) count += ListOthers(name, isPattern);
            if (count > 0 || isPattern) continue;
            WriteError(ErrorRecords.Make(
                ErrorRecords.MasterNotFound,
                $"there is no master named '{name}'; New-SshMaster opens one",
                ErrorCategory.ObjectNotFound,
                name));
        }
    }

    /// <summary>Lists the masters inside other processes with a name; gives how many there are.</summary>
    private int ListOthers(string name, bool isPattern)
    {
        var known = MasterRegistry.All.Concat(MasterRegistry.Background).Select(master => master.ControlPath).ToHashSet();
        var pattern = Wildcards.Get(name, WildcardOptions.IgnoreCase);
        var paths = isPattern
            ? ControlFolder.Sockets().Where(path => pattern.IsMatch(SocketMaster.NameOf(path)))
            : NamedSockets.Find(name).Select(master => master.ControlPath!);
        var count = 0;
        foreach (var path in paths.Where(path => !known.Contains(path)).Order(StringComparer.Ordinal))
        {
            if (Probe(path, out _) is not { } master) continue;
            WriteShown(master);
            count++;
        }

        return count;
    }

    private void WriteShown(Master master)
    {
        if (master is { InThisProcess: false, ControlPath: { } path }) NamedSockets.Remember(path);
        WriteObject(master.ToPSObject());
    }

    private void ListPaths()
    {
        foreach (var path in ControlPath)
        {
            Try(path, () =>
            {
                if (!Wildcards.AreIn(path))
                {
                    var full = FullPath(path);
                    var master = MasterRegistry.FindByControlPath(full) ?? Probe(full, out var reason) ?? throw reason!;
                    WriteShown(master);
                    return;
                }

                foreach (var found in SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _))
                {
                    var master = MasterRegistry.FindByControlPath(found) ?? Probe(found, out _);
                    if (master is not null) WriteShown(master);
                }
            });
        }
    }

    /// <summary>The living master at a path; null, and why, if there is none.</summary>
    private SocketMaster? Probe(string path, out SshException? reason)
    {
        reason = null;
        try
        {
            return Await(async stop =>
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
                limit.CancelAfter(ProbeLimit);
                try
                {
                    return await SocketMaster.FindAsync(path, null, limit.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!stop.IsCancellationRequested)
                {
                    throw new SshException(SshError.ConnectionTimeout, $"the master at {path} does not answer");
                }
            });
        }
        catch (SshException e)
        {
            reason = e;
            return null;
        }
    }
}
