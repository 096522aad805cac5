using System.Management.Automation;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;

namespace SshMux.PowerShell;

/// <summary>Has a server connect to somewhere, and gives the connection as a stream.</summary>
[Cmdlet(VerbsCommon.Open, "SshMuxStream", DefaultParameterSetName = MasterToPort)]
[OutputType(typeof(Stream))]
public sealed class OpenSshMuxStreamCommand : SshCmdlet
{
    private const string MasterToPort = "MasterToPort";
    private const string MasterToPath = "MasterToPath";
    private const string ControlPathToPort = "ControlPathToPort";
    private const string ControlPathToPath = "ControlPathToPath";

    /// <summary>The masters: objects, or names (wildcards are allowed).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = MasterToPort)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = MasterToPath)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Master { get; set; } = [];

    /// <summary>The control sockets of the masters: ours, or those of <c>ssh -M</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ControlPathToPort)]
    [Parameter(Mandatory = true, ParameterSetName = ControlPathToPath)]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] ControlPath { get; set; } = [];

    /// <summary>The host to connect to, as the server knows it; the server itself if none is given.</summary>
    [Parameter(ParameterSetName = MasterToPort)]
    [Parameter(ParameterSetName = ControlPathToPort)]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string HostName { get; set; } = "localhost";

    /// <summary>The TCP port to connect to.</summary>
    [Parameter(Mandatory = true, ParameterSetName = MasterToPort)]
    [Parameter(Mandatory = true, ParameterSetName = ControlPathToPort)]
    [ValidateRange(1, 65535)]
    [One]
    public int Port { get; set; }

    /// <summary>The path of a unix socket on the server to connect to.</summary>
    [Parameter(Mandatory = true, ParameterSetName = MasterToPath)]
    [Parameter(Mandatory = true, ParameterSetName = ControlPathToPath)]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? Path { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var master in Master.SelectMany(ResolveMaster)) Open(master, master);
        foreach (var path in ControlPath) Try(path, () => Open(MasterAt(path), path));
    }

    private void Open(Master master, object target) => TryOn(master, target, () =>
        WriteObject(Await(stop => Path is null
            ? master.OpenStreamAsync(HostName, Port, stop)
            : master.OpenStreamAsync(Path, stop))));
}
