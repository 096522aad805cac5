using System.Management.Automation;
using SshMux.Engine.Sftp.Copying;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Copying;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell;

/// <summary>
/// Copies files and folders to a server or from one, over the login of a master (its sftp subsystem), as Copy-Item
/// -ToSession and -FromSession do.
/// </summary>
[Cmdlet(VerbsCommon.Copy, "SshMuxItem", DefaultParameterSetName = ToMasterPath, SupportsShouldProcess = true)]
[OutputType(typeof(CopiedItem))]
public sealed partial class CopySshMuxItemCommand : SshCmdlet
{
    private const string ToMasterPath = "ToMaster";
    private const string ToMasterLiteral = "ToMasterLiteralPath";
    private const string FromMasterPath = "FromMaster";
    private const string FromMasterLiteral = "FromMasterLiteralPath";
    private const string ToControlPathPath = "ToControlPath";
    private const string ToControlPathLiteral = "ToControlPathLiteralPath";
    private const string FromControlPathPath = "FromControlPath";
    private const string FromControlPathLiteral = "FromControlPathLiteralPath";

    private readonly List<CopySession> _sessions = [];
    private readonly List<IDisposable> _hearings = [];
    private CopyProgressBar? _bar;
    private bool _upload;
    private bool _hasOneDestination;

    /// <summary>What to copy; wildcards are allowed, on the server too.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = ToMasterPath)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = FromMasterPath)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = ToControlPathPath)]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true,
        ParameterSetName = FromControlPathPath)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>What to copy, by names as they are: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ToMasterLiteral)]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = FromMasterLiteral)]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ToControlPathLiteral)]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = FromControlPathLiteral)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// Where to copy to: into a folder that exists, else under that very name. Without it, into the home folder on the
    /// server, or the current location here. Each object of the pipeline may have its own.
    /// </summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    public string? Destination { get; set; }

    /// <summary>The masters to copy to: objects, or names (wildcards are allowed). Each gets everything.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ToMasterPath)]
    [Parameter(Mandatory = true, ParameterSetName = ToMasterLiteral)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] ToMaster { get; set; } = [];

    /// <summary>The master to copy from: an object, or a name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FromMasterPath)]
    [Parameter(Mandatory = true, ParameterSetName = FromMasterLiteral)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNull]
    public object? FromMaster { get; set; }

    /// <summary>The control sockets of the masters to copy to: ours, or those of <c>ssh -M</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ToControlPathPath)]
    [Parameter(Mandatory = true, ParameterSetName = ToControlPathLiteral)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string[] ToControlPath { get; set; } = [];

    /// <summary>The control socket of the master to copy from: ours, or that of <c>ssh -M</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FromControlPathPath)]
    [Parameter(Mandatory = true, ParameterSetName = FromControlPathLiteral)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string? FromControlPath { get; set; }

    /// <summary>Copies folders, with all that is in them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Replaces files that are read-only, and lets wildcards match hidden names.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// Goes on with a copy that broke off: leaves out files that are there already with the same length and time, and
    /// continues partial ones.
    /// </summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>
    /// Leaves times to the side that is copied to, and permissions to its umask; without it, they are those of the
    /// source (here without what the umask takes).
    /// </summary>
    [Parameter]
    public SwitchParameter NoAttributes { get; set; }

    /// <summary>
    /// Gives files and folders that are copied from a server all the permissions that they have there, whatever the umask
    /// here.
    /// </summary>
    [Parameter]
    public SwitchParameter AllPermissions { get; set; }

    /// <summary>
    /// Writes files under their right names from the first byte on: for servers that rename nothing, and folders from
    /// which something takes files as they appear.
    /// </summary>
    [Parameter]
    public SwitchParameter InPlace { get; set; }

    /// <summary>Gives an object for each file that was copied.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        // Which set it is may be open until something comes through the pipeline.
        _upload = ToMaster.Length + ToControlPath.Length > 0;
        _hasOneDestination = MyInvocation.BoundParameters.ContainsKey(nameof(Destination));
        if (_hasOneDestination && string.IsNullOrEmpty(Destination))
        {
            // A variable that was never set, mostly. In a row of a table an empty cell says nothing.
            ThrowTerminatingError(ErrorRecords.Make(
                ErrorRecords.InvalidInput,
                "-Destination is empty; leave it out to copy to the home folder on a server, or the current location here",
                ErrorCategory.InvalidArgument,
                Destination));
        }

        foreach (var value in ToMaster.Concat(FromMaster is null ? [] : [FromMaster]))
        {
            var masters = ResolveMaster(value);
            if (!_upload && masters.Count > 1)
            {
                ThrowTerminatingError(ErrorRecords.Make(
                    ErrorRecords.InvalidInput,
                    $"'{value}' names {masters.Count} masters; files can be copied from one at a time",
                    ErrorCategory.InvalidArgument,
                    value));
            }

            foreach (var master in masters) Open(master, value);
        }

        foreach (var path in ToControlPath.Concat(FromControlPath is null ? [] : [FromControlPath]))
        {
            Try(path, () => Open(MasterAt(path), path));
        }

        if (_sessions.Count == 0) return;
        var hosts = string.Join(", ", _sessions.Select(session => session.Master.Label));
        _bar = new CopyProgressBar(
            this,
            _upload ? $"Copying to {hosts}" : $"Copying from {hosts}",
            () => [.. _sessions.Select(session => session.Progress)]);
        _ = _bar.RunAsync(Stop);
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (_sessions.Count == 0) return;
        foreach (var path in Path) Try(path, () => Copy(path, isLiteral: false));
        foreach (var path in LiteralPath) Try(path, () => Copy(path, isLiteral: true));
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (_bar is null) return;
        _bar.AllIsFound = true;
        foreach (var session in _sessions) Try(session.Master, () => Await(session.CompleteAsync));
        _bar.Remove();

        // So that the next command finds the server with as many sessions free as this one did.
        Await(_ => Task.WhenAll(_sessions.Select(session => session.DisposeAsync().AsTask())));
    }

    /// <inheritdoc />
    private protected override void OnDisposing() => _hearings.ForEach(hearing => hearing.Dispose());

    private void Open(Master master, object target) => Try(target, () =>
    {
        var options = new SftpCopyOptions
        {
            Recurse = Recurse,
            Force = Force,
            Resume = Resume,
            KeepAttributes = !NoAttributes,
            KeepAllPermissions = AllPermissions,
            InPlace = InPlace,
        };
        var destination = _hasOneDestination ? FullDestination() : null;
        var session = Await(stop => CopySession.OpenAsync(
            master, _upload, destination, options, one => new CopyReport(this, one, PassThru), stop));
        _sessions.Add(session);
        _hearings.Add(Hear(master, IsOneOfMany ? master.Label : null));

        // It ends with the pipeline, in whichever other way that ends.
        Stop.Register(() => _ = session.DisposeAsync().AsTask());
    });
}
