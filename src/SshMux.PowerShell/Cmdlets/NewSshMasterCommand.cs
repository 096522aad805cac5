using System.Management.Automation;
using SshMux.Engine;
using SshMux.Engine.Configuration;
using SshMux.Engine.Mux.Protocol;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Masters.Background;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;
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
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Task> _logins = [];
    private SemaphoreSlim _throttle = null!;
    private ConnectProgress _progress = null!;
    private int _hosts;

    /// <summary>
    /// The hosts: names, aliases of ssh_config, user@host or ssh://user@host:port. They are connected side by side, and
    /// each master is given as soon as it is there.
    /// </summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        ParameterSetName = ByHostName)]
    [Alias("ComputerName", "Cn")]
    [HostNames]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    public string[] HostName { get; set; } = [];

    /// <inheritdoc cref="ConnectingCmdlet.UserName" />
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByHostName)]
    [OneText]
    public override string? UserName { get => base.UserName; set => base.UserName = value; }

    /// <inheritdoc cref="ConnectingCmdlet.Port" />
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByHostName)]
    [Port]
    public override int Port { get => base.Port; set => base.Port = value; }

    /// <inheritdoc cref="ConnectingCmdlet.KeyFilePath" />
    [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ByHostName)]
    [Alias("IdentityFilePath", "IdentityFile")]
    [ArgumentCompleter(typeof(KeyFileCompleter))]
    [AllowNull]
    [AllowEmptyCollection]
    public override string[] KeyFilePath { get => base.KeyFilePath; set => base.KeyFilePath = value; }

    /// <summary>
    /// The control socket's path, which may have the tokens of ssh_config's ControlPath; else the configured one, else
    /// one in a folder of the user's own.
    /// </summary>
    [Parameter(ParameterSetName = ByHostName)]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? ControlPath { get; set; }

    /// <summary>
    /// The masters' names, one for each host in their order; else Master1, Master2, ... as they are connected.
    /// </summary>
    [Parameter(ParameterSetName = ByHostName)]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>How many logins are under way at the same time.</summary>
    [Parameter(ParameterSetName = ByHostName)]
    [ValidateRange(1, int.MaxValue)]
    [One]
    public int ThrottleLimit { get; set; } = 32;

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

    /// <summary>
    /// Makes a lost connection again, with keys and agent, and -Credential where the master is in this process; commands
    /// and clients wait for it, for a minute. -Options @{ SshMuxReconnect = '5 2m' } is five attempts and two minutes.
    /// </summary>
    [Parameter(ParameterSetName = ByHostName)]
    public SwitchParameter Reconnect { get; set; }

    private TimeSpan? IdleLimit => MyInvocation.BoundParameters.ContainsKey(nameof(Persist)) ? Persist : null;

    private bool IsBackground => Background || IdleLimit is not null;

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        CheckSharing();
        CheckNames();
        Begin();
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        foreach (var host in HostName)
        {
            var index = _hosts++;
            if (Name.Length > 0 && !TakeName(host, index)) continue;
            TryHost(host, () => Start(host, Name.Length > 0 ? Name[index] : null));
        }

        Pump.RunPending();
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        Await(_ => Task.WhenAll(_logins));
        _progress.Complete();
    }

    /// <summary>
    /// What asks for a master that other processes use is an error where there can be none; what ssh_config says of it is
    /// passed over.
    /// </summary>
    private void CheckSharing()
    {
        if (ControlSocket.IsPossible) return;
        var asked = Background ? nameof(Background)
            : IdleLimit is not null ? nameof(Persist)
            : ControlPath is not null ? nameof(ControlPath)
            : null;
        if (asked is null) return;
        var reason = new SshException(
            SshError.NotSupported,
            $"-{asked} comes to Windows later: no other process can use a master there yet. Without it the master is used "
            + "in this PowerShell, by its name or object");
        ThrowTerminatingError(ErrorRecords.From(reason, asked));
    }

    /// <summary>Where all hosts are known, names that do not fit them are an error before any login.</summary>
    private void CheckNames()
    {
        if (Name.Length == 0 || MyInvocation.ExpectingInput || Name.Length == HostName.Length) return;
        ThrowTerminatingError(ErrorRecords.Make(
            ErrorRecords.InvalidInput,
            $"-Name has {Count(Name.Length, "name")} for {Count(HostName.Length, "host")}; give one for each host, or "
            + "none",
            ErrorCategory.InvalidArgument,
            Name));

        static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
    }

    private bool TakeName(string host, int index)
    {
        if (index >= Name.Length)
        {
            WriteError(ErrorRecords.Make(
                ErrorRecords.InvalidInput,
                $"{host}: no name is left for this host; give -Name one for each host, or none",
                ErrorCategory.InvalidArgument,
                host));
            return false;
        }

        var name = Name[index];
        if (_names.Add(name) && !MasterRegistry.HasName(name) && !BackgroundRecords.HasName(name)) return true;
        WriteError(ErrorRecords.Make(
            ErrorRecords.MasterNameInUse,
            $"a master named '{name}' exists already; choose another name, or stop that one with Stop-SshMux '{name}'",
            ErrorCategory.ResourceExists,
            host));
        return false;
    }

    private void Begin()
    {
        _throttle = new SemaphoreSlim(ThrottleLimit);
        _progress = new ConnectProgress(this);
        _ = ShowProgressAsync();
    }

    private async Task ShowProgressAsync()
    {
        await Task.Delay(ConnectProgress.Patience, Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Pump.Post(_progress.Show);
    }

    /// <summary>Begins with one host; what depends on the location is found out here, on the pipeline thread.</summary>
    private void Start(string host, string? name)
    {
        var query = QueryFor(host, SessionType.None, command: null);
        if (Reconnect) query = query with { Options = [.. query.Options, "SshMuxReconnect=yes"] };
        var template = ControlPath is null ? null : FullPath(ControlPath);
        var opener = OpenerFor(host, IsOneOfMany);
        var isOneOfMany = IsOneOfMany;
        var choice = new MasterChoice(name, IsBackground, IdleLimit, text => Pump.Post(() => WriteWarning(text)));
        _progress.Add(host);
        _logins.Add(Task.Run(() => RunAsync(
            host,
            isOneOfMany,
            async stop =>
            {
                var configuration = await LoadAsync(query, stop).ConfigureAwait(false);
                var path = template is null ? null : ControlPathTemplate.Expand(template, configuration.Tokens);
                return await choice.OpenAsync(opener, configuration, path, stop).ConfigureAwait(false);
            })));
    }

    private async Task RunAsync(
        string host, bool isOneOfMany, Func<CancellationToken, Task<(Master Master, bool IsNew)>> open)
    {
        await _throttle.WaitAsync(Stop).ConfigureAwait(false);
        try
        {
            var (master, isNew) = await open(Stop).ConfigureAwait(false);
            await GiveAsync(host, master, isNew).ConfigureAwait(false);
        }
        catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
        {
            var record = ErrorRecords.From(isOneOfMany ? ErrorRecords.Labelled(reason, host) : reason, host);
            await Pump.InvokeAsync(() =>
            {
                _progress.Remove(host, connected: false);
                WriteError(record);
            }).ConfigureAwait(false);
        }
        finally
        {
            _throttle.Release();
        }
    }

    /// <summary>Gives a master to the pipeline; a new one that the pipeline does not take any more is ended.</summary>
    private async Task GiveAsync(string host, Master master, bool isNew)
    {
        var isGiven = false;
        try
        {
            await Pump.InvokeAsync(() =>
            {
                isGiven = true;
                _progress.Remove(host, connected: true);
                WriteObject(master.ToPSObject());
            }).ConfigureAwait(false);
        }
        finally
        {
            if (!isGiven && isNew) await DropAsync(master).ConfigureAwait(false);
        }
    }

    private static async Task DropAsync(Master master)
    {
        MasterRegistry.Remove(master);
        try
        {
            await master.StopAsync(graceful: false, CancellationToken.None).ConfigureAwait(false);
        }
        catch (SshException)
        {
            // It has ended by itself.
        }
    }
}
