using System.Management.Automation;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell;

/// <summary>What the cmdlets share that do something to sessions: how those are named.</summary>
public abstract class SessionCmdlet : SshCmdlet
{
    private protected const string BySession = "Session";

    /// <summary>The sessions, from Get-SshMuxSession.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = BySession)]
    [ValidateNotNullOrEmpty]
    public Session[] Session { get; set; } = [];

    /// <summary>The masters of the sessions: objects, or names (wildcards are allowed).</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Master { get; set; } = [];

    /// <summary>The control sockets of the masters of the sessions.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string[] ControlPath { get; set; } = [];

    /// <summary>The names or numbers of the sessions; wildcards are allowed in names.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByMaster)]
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [Alias("Number")]
    public string[] Name { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var session in Session) Process(session.Master, session.Identity, session.ToString(), session);
        foreach (var master in Master.SelectMany(ResolveMaster)) ProcessNames(master, master);
        foreach (var path in ControlPath) Try(path, () => ProcessNames(MasterAt(path), path));
    }

    /// <summary>Does to one session what the cmdlet is for.</summary>
    /// <param name="master">Its master.</param>
    /// <param name="session">Its number or name, as the master takes it.</param>
    /// <param name="shown">What it is called for people.</param>
    /// <param name="target">What an error is about.</param>
    private protected abstract void Process(Master master, string session, string shown, object target);

    private void ProcessNames(Master master, object target)
    {
        foreach (var name in Name)
        {
            if (!Wildcards.AreIn(name))
            {
                Process(master, name, name, target);
                continue;
            }

            IReadOnlyList<Session> all = [];
            TryOn(master, target, () => all = Await(master.SessionListAsync));
            var pattern = Wildcards.Get(name, WildcardOptions.None);
            foreach (var one in all.Where(one => one.Name is { } called && pattern.IsMatch(called)))
            {
                Process(master, one.Identity, one.ToString(), one);
            }
        }
    }
}
