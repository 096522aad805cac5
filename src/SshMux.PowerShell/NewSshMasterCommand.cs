using System.Management.Automation;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Pipeline;
using ControlPathTemplate = SshMux.Engine.Configuration.ControlPath;

namespace SshMux.PowerShell;

/// <summary>
/// Logs in to hosts, and keeps each login as a master in this process: for Invoke-SshMux and the other cmdlets, and,
/// through its control socket, for ssh, scp, sftp, rsync, git and all that can use a ControlPath.
/// </summary>
[Cmdlet(VerbsCommon.New, "SshMaster", DefaultParameterSetName = ByHostName)]
[OutputType(typeof(Master))]
public sealed class NewSshMasterCommand : ConnectingCmdlet
{
    private bool _nameIsUsed;

    /// <summary>The hosts: names, aliases of ssh_config, user@host or ssh://user@host:port.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByHostName)]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>
    /// The control socket's path, which may have the tokens of ssh_config's ControlPath; else the configured one, else
    /// one in a folder of the user's own.
    /// </summary>
    [Parameter(ParameterSetName = ByHostName)]
    [ValidateNotNullOrEmpty]
    public string? ControlPath { get; set; }

    /// <summary>The master's name; else Master1, Master2, ...</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var host in HostName)
        {
            if (Name is not null && !TakeName(host)) continue;
            Try(host, () => WriteObject(Open(host).ToPSObject()));
        }
    }

    private bool TakeName(string host)
    {
        if (!_nameIsUsed && !MasterRegistry.HasName(Name!)) return _nameIsUsed = true;
        WriteError(ErrorRecords.Make(
            ErrorRecords.MasterNameInUse,
            $"a master named '{Name}' exists already; choose another name, or stop that one with Stop-SshMux '{Name}'",
            ErrorCategory.ResourceExists,
            host));
        return false;
    }

    private Master Open(string host)
    {
        var query = QueryFor(host);
        var template = ControlPath is null ? null : FullPath(ControlPath);
        return Await(async stop =>
        {
            var configuration = await LoadAsync(query, stop).ConfigureAwait(false);
            var path = template is null ? null : ControlPathTemplate.Expand(template, configuration.Tokens);
            return await Opener.OpenAsync(configuration, Name, path, stop).ConfigureAwait(false);
        });
    }
}
