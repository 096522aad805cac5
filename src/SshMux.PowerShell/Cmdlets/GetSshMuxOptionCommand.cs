using System.Collections;
using System.Management.Automation;
using SshMux.Engine;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Configuration.SshConfig.Values;
using SshMux.Engine.Mux.Protocol;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Interop;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell;

/// <summary>
/// Gives what sends other programs over a master: a hashtable for New-PSSession -Options, or with -For the words of
/// ssh, scp, sftp, rsync, git, Ansible or VS Code. None of them makes a login of its own then: without the master they
/// fail. With -HostName it shows what ssh_config says of a host, and which line says it.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SshMuxOption", DefaultParameterSetName = ByMaster)]
[OutputType(typeof(Hashtable), typeof(string), typeof(HostSetting))]
public sealed class GetSshMuxOptionCommand : SshCmdlet
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
    /// The program: Ssh, Scp and Sftp give arguments; Rsync the command for its -e; Git the value of GIT_SSH_COMMAND;
    /// Ansible that of ansible_ssh_common_args; VSCode a section for ~/.ssh/config.
    /// </summary>
    [Parameter(ParameterSetName = ByMaster)]
    [Parameter(ParameterSetName = ByControlPath)]
    [ValidateSet("Ssh", "Scp", "Sftp", "Rsync", "Git", "Ansible", "VSCode")]
    [OneText]
    public string? For { get; set; }

    /// <summary>Hosts whose settings are shown: names, aliases of ssh_config, user@host or ssh://user@host:port.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ByHostName)]
    [Alias("ComputerName", "Cn")]
    [HostNames]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    public string[] HostName { get; set; } = [];

    /// <summary>The keywords of ssh_config(5) to show; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Keyword { get; set; } = ["*"];

    /// <summary>Settings as other cmdlets have them in their -Options, which come before those of the files.</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [Options]
    [ValidateNotNull]
    public SshOptions Options { get; set; } = [];

    /// <summary>The configuration file to read in place of the user's and the system's; "none" reads no file.</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [Alias("F")]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? ConfigFile { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var host in HostName) Try(host, () => WriteSettings(host));

        foreach (var value in Master)
        {
            foreach (var master in ResolveMaster(value)) TryOn(master, value, () => Write(master));
        }

        foreach (var path in ControlPath) Try(path, () =>
            {
                var master = MasterAt(path);
                TryOn(master, path, () => Write(master));
            });
    }

    private void WriteSettings(string host)
    {
        var query = new HostQuery
        {
            Host = host,
            ConfigFile = ConfigFile is null or "none" ? ConfigFile : FullPath(ConfigFile),
            Options = OptionTable.ToList(Options, null),
            StaysInForeground = true,
        };
        var configuration = Await(stop => OptionProblems.LoadAsync(query, Options.Count > 0, stop));
        foreach (var warning in configuration.Warnings) WriteWarning(warning);
        var wanted = Array.ConvertAll(
            Keyword, pattern => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase));
        foreach (var setting in configuration.Show())
        {
            var keyword = Keywords.Spell(setting.Keyword);
            if (!Array.Exists(wanted, pattern => pattern.IsMatch(keyword))) continue;
            WriteObject(new HostSetting
            {
                HostName = configuration.Host,
                Keyword = keyword,
                Value = setting.Value,
                Source = setting.Origin?.ToString() ?? "default",
                File = setting.Origin?.File,
                Line = setting.Origin is { File: not null } origin ? origin.Line : null,
            }.ToPSObject());
        }
    }

    private void Write(Master master)
    {
        if (!ControlSocket.IsPossible) throw ControlSocket.NotPossible();
        if (!File.Exists(master.ControlPath))
        {
            throw new SshException(
                SshError.ControlSocketMissing,
                $"nothing listens at {master.ControlPath}: {master.EndReason ?? "there is no control socket"}");
        }

        var settings = new SshSettings(master.ControlPath, master.HostName);
        switch (For?.ToUpperInvariant())
        {
            case null: WriteObject(settings.ToHashtable()); break;
            case "RSYNC": WriteObject(settings.ToRsync()); break;
            case "GIT": WriteObject(settings.ToShellCommand()); break;
            case "ANSIBLE": WriteObject(settings.ToShellWords()); break;
            case "VSCODE": WriteObject(settings.ToConfiguration()); break;
            default: WriteObject(settings.ToArguments(), enumerateCollection: true); break;
        }
    }
}
