using System.Management.Automation;
using SshMux.Engine.Connection;

namespace SshMux.PowerShell;

/// <summary>Has masters listen on this machine and connect from their servers, as <c>ssh -L</c> does.</summary>
/// <example>
/// <code>
/// $f = Add-SshMuxForward $m -Local 0:db.internal:5432
/// $f.ListenPort
/// </code>
/// Listens on a free port of this machine; who connects to it reaches db.internal from the server.
/// </example>
/// <example>
/// <code>
/// Add-SshMuxForward -ControlPath ~/.ssh/web1.sock -Local 8080:localhost:80
/// </code>
/// Adds a forward to a master that ssh -M has opened.
/// </example>
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
    public string[] ControlPath { get; set; } = [];

    /// <summary>
    /// The forwards in the syntax of ssh's -L: [bind_address:]port:host:hostport, with the path of a unix socket in
    /// place of either end. Port 0 lets the system choose a free one.
    /// </summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string[] Local { get; set; } = [];

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var master in Master.SelectMany(ResolveMaster)) Add(master);
        foreach (var path in ControlPath) Try(path, () => Add(MasterAt(path)));
    }

    private void Add(Master master)
    {
        foreach (var text in Local)
        {
            Try(text, () =>
            {
                var spec = ForwardSpec.ParseLocal(text);
                WriteObject(Await(stop => master.OpenForwardAsync(spec, stop)).ToPSObject());
            });
        }
    }
}
