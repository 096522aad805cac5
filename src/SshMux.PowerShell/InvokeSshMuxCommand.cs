using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using SshMux.Engine.Connection;
using SshMux.PowerShell.Pipeline;
using SshMux.PowerShell.Running;

namespace SshMux.PowerShell;

/// <summary>Runs a command on one or many masters, and gives what each wrote and how it ended.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SshMux", DefaultParameterSetName = ByMaster)]
[OutputType(typeof(CommandResult), typeof(string))]
public sealed class InvokeSshMuxCommand : ConnectingCmdlet
{
    private readonly List<Task> _runs = [];
    private SharedInput? _input;
    private SemaphoreSlim _throttle = null!;
    private RemoteCommand _command = null!;
    private bool _targetsArePiped;
    private int _targets;

    /// <summary>The command for the user's shell on the server; with -Subsystem the subsystem's name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Command { get; set; } = "";

    /// <summary>The masters to run it on: objects, or names (wildcards are allowed).</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Master { get; set; } = [];

    /// <summary>The control sockets of the masters to run it on: ours, or those of <c>ssh -M</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    public string[] ControlPath { get; set; } = [];

    /// <summary>
    /// The hosts to run it on: over the master at the host's configured ControlPath if one lives there, else over a new
    /// master in this process, which is kept for the next time.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = ByHostName)]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>Lines for the command's standard input, sent as they come.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object?[]? InputObject { get; set; }

    /// <summary>Environment variables for the command; the server takes those that its AcceptEnv names.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <summary>Treats the command as the name of a subsystem ("sftp").</summary>
    [Parameter]
    public SwitchParameter Subsystem { get; set; }

    /// <summary>How long the command may take on each master before its session is closed; an error says so.</summary>
    [Parameter]
    [ValidateRange(0.001, 4_000_000)]
    public double TimeoutSeconds { get; set; }

    /// <summary>How many commands run at the same time.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int ThrottleLimit { get; set; } = 32;

    /// <summary>
    /// Gives the output's lines as they come, as strings with a property HostName, in place of one result at the end.
    /// Lines of standard error go to the information stream; $LASTEXITCODE has the exit status.
    /// </summary>
    [Parameter]
    public SwitchParameter Stream { get; set; }

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _throttle = new SemaphoreSlim(ThrottleLimit);
        _command = new RemoteCommand(
            new SessionRequest { Command = Command, Subsystem = Subsystem, Environment = EnvironmentVariables() },
            TimeoutSeconds > 0 ? TimeSpan.FromSeconds(TimeoutSeconds) : Timeout.InfiniteTimeSpan);

        // What is not bound yet comes through the pipeline: masters if no target was named, else lines.
        _targetsArePiped = ParameterSetName == ByMaster && !MyInvocation.BoundParameters.ContainsKey(nameof(Master));
        var inputIsPiped = MyInvocation.ExpectingInput && !_targetsArePiped;
        if (inputIsPiped || MyInvocation.BoundParameters.ContainsKey(nameof(InputObject))) _input = new SharedInput();
        if (_targetsArePiped) return;
        switch (ParameterSetName)
        {
            case ByControlPath:
                StartAtControlPaths();
                break;
            case ByHostName:
                StartOnHosts();
                break;
            default:
                StartOnMasters();
                break;
        }
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (_targetsArePiped) StartOnMasters();
        else if (_input is not null) TakeInput();
        Pump.RunPending();
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (_targetsArePiped && _input is not null) TakeInput();
        _input?.Complete();
        Await(_ => Task.WhenAll(_runs));
    }

    private void StartOnMasters()
    {
        foreach (var master in Master.SelectMany(ResolveMaster)) Start(master, master);
    }

    private void StartAtControlPaths()
    {
        foreach (var path in ControlPath)
        {
            Try(path, () =>
            {
                var master = MasterAt(path);
                Start(path, master);
            });
        }
    }

    private void StartOnHosts()
    {
        foreach (var host in HostName)
        {
            Try(host, () =>
            {
                var query = QueryFor(host);
                Start(host, async stop =>
                {
                    var configuration = await LoadAsync(query, stop).ConfigureAwait(false);
                    var master = await Opener.FindOrOpenAsync(configuration, stop).ConfigureAwait(false);
                    return (master, configuration.Host);
                });
            });
        }
    }

    private void Start(object target, Master master) => Start(target, _ => Task.FromResult((master, master.Label)));

    private void Start(object target, Func<CancellationToken, Task<(Master Master, string Label)>> findMaster)
    {
        var reader = _input?.OpenReader();
        _targets++;
        _runs.Add(Task.Run(() => RunAsync(target, findMaster, reader)));
    }

    private async Task RunAsync(
        object target,
        Func<CancellationToken, Task<(Master Master, string Label)>> findMaster,
        SharedInputReader? input)
    {
        using (input)
        {
            await _throttle.WaitAsync(Stop).ConfigureAwait(false);
            try
            {
                input?.Start();
                var (master, label) = await findMaster(Stop).ConfigureAwait(false);
                await (Stream ? StreamAsync(master, label, input) : CollectAsync(master, label, input))
                    .ConfigureAwait(false);
            }
            catch (TimeoutException e)
            {
                var record = new ErrorRecord(e, ErrorRecords.CommandTimeout, ErrorCategory.OperationTimeout, target);
                await Pump.InvokeAsync(() => WriteError(record)).ConfigureAwait(false);
            }
            catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
            {
                await Pump.InvokeAsync(() => WriteError(ErrorRecords.From(reason, target))).ConfigureAwait(false);
            }
            finally
            {
                _throttle.Release();
            }
        }
    }

    private async Task CollectAsync(Master master, string host, SharedInputReader? input)
    {
        List<string> output = [];
        List<string> error = [];
        var (exit, duration) = await _command.RunAsync(master, input, Into(output), Into(error), Stop)
            .ConfigureAwait(false);
        var result = new CommandResult
        {
            HostName = host,
            Command = _command.Text,
            ExitStatus = exit.Status is { } status ? unchecked((int)status) : null,
            ExitSignal = exit.Signal,
            Output = [.. output],
            ErrorOutput = [.. error],
            Duration = duration,
        };
        await Pump.InvokeAsync(() => WriteObject(result.ToPSObject())).ConfigureAwait(false);

        static Func<List<string>, Task> Into(List<string> all) => lines =>
        {
            all.AddRange(lines);
            return Task.CompletedTask;
        };
    }

    private async Task StreamAsync(Master master, string host, SharedInputReader? input)
    {
        var (exit, _) = await _command.RunAsync(
            master,
            input,
            lines => Pump.InvokeAsync(() => WriteOutputLines(host, lines)),
            lines => Pump.InvokeAsync(() => WriteErrorLines(host, lines)),
            Stop).ConfigureAwait(false);

        // As a program that pwsh itself starts would leave it.
        var status = exit.Status is { } number ? unchecked((int)number) : 255;
        await Pump.InvokeAsync(() => SessionState.PSVariable.Set("global:LASTEXITCODE", status)).ConfigureAwait(false);
    }

    private void WriteOutputLines(string host, List<string> lines)
    {
        foreach (var line in lines)
        {
            var value = new PSObject(line);
            value.Properties.Add(new PSNoteProperty(nameof(HostName), host));
            WriteObject(value);
        }
    }

    private void WriteErrorLines(string host, List<string> lines)
    {
        // PSHOST shows them whatever $InformationPreference says: they are what a terminal would show.
        foreach (var line in lines)
        {
            WriteInformation(new ErrorLine(host, line, _targets > 1), ["PSHOST", "StandardError"]);
        }
    }

    private void TakeInput()
    {
        foreach (var item in InputObject ?? [])
        {
            var value = PSObjects.Unwrap(item);
            if (value is null) continue;
            if (value is Master master)
            {
                WriteError(ErrorRecords.Make(
                    ErrorRecords.InvalidInput,
                    $"the master {master.Name} came as input for the command; name the masters to run it on either "
                    + "with -Master or through the pipeline",
                    ErrorCategory.InvalidArgument,
                    master));
                continue;
            }

            var line = value as string ?? LanguagePrimitives.ConvertTo<string>(item);
            _input!.Append(Encoding.UTF8.GetBytes(line + "\n"));
            if (!_input.HasRoom()) Await(_input.WaitForRoomAsync);
        }
    }

    private List<KeyValuePair<string, string>> EnvironmentVariables()
    {
        List<KeyValuePair<string, string>> variables = [];
        foreach (DictionaryEntry entry in Environment)
        {
            var name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            var value = entry.Value is null ? "" : LanguagePrimitives.ConvertTo<string>(entry.Value);
            if (name.Length == 0
                || name.AsSpan().IndexOfAny('=', '\0') >= 0
                || value.Contains('\0', StringComparison.Ordinal))
            {
                ThrowTerminatingError(ErrorRecords.Make(
                    ErrorRecords.InvalidInput,
                    $"'{name}' cannot be an environment variable: a name has no '=', and neither name nor value a NUL",
                    ErrorCategory.InvalidArgument,
                    Environment));
            }

            variables.Add(new KeyValuePair<string, string>(name, value));
        }

        return variables;
    }
}
