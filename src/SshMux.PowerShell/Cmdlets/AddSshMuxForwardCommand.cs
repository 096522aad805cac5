using System.Management.Automation;
using SshMux.Engine.Configuration.Forwards;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <summary>
/// Adds forwards to masters: from this machine through the server (<c>ssh -L</c>), from the server to here
/// (<c>ssh -R</c>), or as a SOCKS server (<c>ssh -D</c>).
/// </summary>
[Cmdlet(VerbsCommon.Add, "SshMuxForward", DefaultParameterSetName = ByMaster)]
[OutputType(typeof(Forward))]
public sealed class AddSshMuxForwardCommand : SshCmdlet
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
    /// The forwards in the syntax of ssh's -L: [bind_address:]port:host:hostport, with the path of a unix socket in
    /// place of either end. Port 0 lets the system choose a free one.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Local { get; set; } = [];

    /// <summary>
    /// The forwards in the syntax of ssh's -R, where the server listens and this machine connects, with the path of a
    /// unix socket in place of either end. Without a target ([bind_address:]port alone) the server's programs find a
    /// SOCKS server there, which connects from here.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Remote { get; set; } = [];

    /// <summary>
    /// SOCKS servers on this machine, which connect from the server, in the syntax of ssh's -D: [bind_address:]port.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Dynamic { get; set; } = [];

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        if (Local.Length + Remote.Length + Dynamic.Length != 0) return;
        ThrowTerminatingError(ErrorRecords.Make(
            ErrorRecords.InvalidInput,
            "no forward is named; give -Local, -Remote or -Dynamic",
            ErrorCategory.InvalidArgument,
            null));
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var master in Master.SelectMany(ResolveMaster)) Add(master);
        foreach (var path in ControlPath) Try(path, () => Add(MasterAt(path)));
    }

    private void Add(Master master)
    {
        Add(master, Local, ForwardSpec.ParseLocal);
        Add(master, Remote, ForwardSpec.ParseRemote);
        Add(master, Dynamic, ForwardSpec.ParseDynamic);
    }

    private void Add(Master master, string[] texts, Func<string, ForwardSpec> parse)
    {
        foreach (var text in texts)
        {
            TryOn(master, text, () =>
            {
                var spec = parse(text);
                using var hearing = Hear(master);
                WriteObject(Await(stop => master.OpenForwardAsync(spec, stop)).ToPSObject());
            });
        }
    }
}
