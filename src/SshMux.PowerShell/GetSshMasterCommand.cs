using System.Management.Automation;
using SshMux.Engine;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <summary>
/// Lists the masters of this process and those that listen in the folder for control sockets; with -ControlPath those
/// at other paths.
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
        IReadOnlyList<Master> all = [.. MasterRegistry.All, .. MasterRegistry.Background];
        var paths = all.Select(master => master.ControlPath).ToHashSet();
        var others = ControlFolder.Sockets().Where(path => !paths.Contains(path)).Order(StringComparer.Ordinal)
            .ToArray();
        foreach (var name in Name)
        {
            var pattern = Wildcards.Get(name, WildcardOptions.IgnoreCase);
            var count = 0;
            foreach (var master in all.Where(master => pattern.IsMatch(master.Name)))
            {
                WriteObject(master.ToPSObject());
                count++;
            }

            foreach (var path in others.Where(path => pattern.IsMatch(Path.GetFileName(path))))
            {
                if (Probe(path, out _) is not { } master) continue;
                WriteObject(master.ToPSObject());
                count++;
            }

            if (count == 0 && !Wildcards.AreIn(name))
            {
                WriteError(ErrorRecords.Make(
                    ErrorRecords.MasterNotFound,
                    $"there is no master named '{name}'; New-SshMaster opens one",
                    ErrorCategory.ObjectNotFound,
                    name));
            }
        }
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
                    WriteObject(master.ToPSObject());
                    return;
                }

                foreach (var found in SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _))
                {
                    var master = MasterRegistry.FindByControlPath(found) ?? Probe(found, out _);
                    if (master is not null) WriteObject(master.ToPSObject());
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
