using System.Collections;
using System.Management.Automation;
using SshMux.Engine;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Interop;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell;

/// <summary>
/// Gives what sends other programs over a master: a hashtable for New-PSSession -Options, or with -For the words of
/// ssh, scp, sftp, rsync, git, Ansible or VS Code. None of them makes a login of its own then: without the master they
/// fail.
/// </summary>
[Cmdlet(VerbsCommon.Get, "SshMuxOption", DefaultParameterSetName = ByMaster)]
[OutputType(typeof(Hashtable), typeof(string))]
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
    [Parameter]
    [ValidateSet("Ssh", "Scp", "Sftp", "Rsync", "Git", "Ansible", "VSCode")]
    [OneText]
    public string? For { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
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

    private void Write(Master master)
    {
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
