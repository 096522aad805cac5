using System.Management.Automation;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Masters.Background;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell.Cmdlets;

/// <content>Masters that outlive this process.</content>
public sealed partial class NewSshMasterCommand
{
    /// <summary>
    /// Opens the master in a process of its own, which goes on when this one ends. Its name, the host's if no other is
    /// given, is known in all processes of the user.
    /// </summary>
    [Parameter(ParameterSetName = ByHostName)]
    public SwitchParameter Background { get; set; }

    /// <summary>
    /// The time after which a master in the background ends if nobody uses it: a TimeSpan, seconds, or a time as
    /// ssh_config has it ("10m"). Without it ssh_config's ControlPersist counts. Implies -Background.
    /// </summary>
    [Parameter(ParameterSetName = ByHostName)]
    [PersistTime]
    public TimeSpan Persist { get; set; }

    private TimeSpan? IdleLimit => MyInvocation.BoundParameters.ContainsKey(nameof(Persist)) ? Persist : null;

    private bool IsBackground => Background || IdleLimit is not null;

    private static bool IsTakenInBackground(string name) => BackgroundRecords.HasName(name);

    private Task<Master> OpenNewAsync(
        MasterOpener opener, HostConfiguration configuration, string? name, string? path, CancellationToken stop) =>
        IsBackground
            ? opener.OpenInBackgroundAsync(configuration, name, path, IdleLimit, stop)
            : opener.OpenAsync(configuration, name, path, stop);
}
