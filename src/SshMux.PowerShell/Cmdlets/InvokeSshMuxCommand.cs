using System.Collections;
using System.Management.Automation;
using System.Text;
using SshMux.Engine.Channels;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Jobs;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;
using SshMux.PowerShell.Running;

namespace SshMux.PowerShell;

/// <summary>Runs a command on one or many masters, and gives what each wrote and how it ended.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SshMux", DefaultParameterSetName = ByMaster)]
[OutputType(typeof(CommandResult), typeof(string), typeof(byte[]), typeof(Job))]
public sealed partial class InvokeSshMuxCommand : ConnectingCmdlet
{
    private readonly List<Task> _runs = [];
    private SharedInput? _input;
    private PipelineInput? _pipelineInput;
    private SemaphoreSlim _throttle = null!;
    private CommandPlan _plan = null!;
    private IRunHost _host = null!;
    private CommandJob? _job;
    private bool _targetsArePiped;
    private bool _isOneOfMany;

    /// <summary>The command for the user's shell on the server; with -Subsystem the subsystem's name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SubsystemCompleter))]
    [OneText]
    public string Command { get; set; } = "";

    /// <summary>
    /// Arguments for the command, each quoted so that a POSIX shell takes it for one word that means only itself,
    /// whatever is in it. Bytes (byte[]) are possible too.
    /// </summary>
    [Parameter]
    [Alias("Args")]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? ArgumentList { get; set; }

    /// <summary>The masters to run it on: objects, or names (wildcards are allowed).</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Master { get; set; } = [];

    /// <summary>The control sockets of the masters to run it on: ours, or those of <c>ssh -M</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ControlPathCompleter))]
    public string[] ControlPath { get; set; } = [];

    /// <summary>
    /// The hosts to run it on: over the master at the host's configured ControlPath if one lives there, else over a new
    /// master in this process, which is kept for the next time.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = ByHostName)]
    [HostNames(TakesProperty = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    public string[] HostName { get; set; } = [];

    /// <summary>
    /// What the command reads on its standard input, sent as it comes: bytes (byte, byte[]), a FileInfo's or Stream's
    /// content as they are, everything else as lines of text.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? InputObject { get; set; }

    /// <summary>A file that the command reads on its standard input.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? InputFile { get; set; }

    /// <summary>
    /// A file that takes the command's standard output as it is; it is replaced if it is there. %h stands for the
    /// host, and is needed where there are several.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? OutputFile { get; set; }

    /// <summary>
    /// Gives the output as bytes: in the result's OutputBytes, or with -Stream as byte[] after byte[].
    /// </summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>What turns text into bytes and back, by the names that Set-Content knows; UTF-8 by default.</summary>
    [Parameter]
    [EncodingTransformation]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Environment variables for the command; those that the master and the server's AcceptEnv take.</summary>
    [Parameter]
    [ValidateNotNull]
    [One]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <summary>Treats the command as the name of a subsystem ("sftp").</summary>
    [Parameter]
    public SwitchParameter Subsystem { get; set; }

    /// <summary>What the command's session is called in the master's list (Get-SshMuxSession).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? SessionName { get; set; }

    /// <summary>
    /// Gives the command a terminal, with the size of the host's window. Output and error output come as one, with what
    /// the terminal makes of it; what it reads is not echoed.
    /// </summary>
    [Parameter]
    public SwitchParameter Tty { get; set; }

    /// <summary>
    /// How long the command may take on each master. Then an error says so, and it is ended: by TERM, soon after by
    /// KILL, and by closing its session.
    /// </summary>
    [Parameter]
    [ValidateRange(0.001, 4_000_000)]
    [One]
    public double TimeoutSeconds { get; set; }

    /// <summary>How many commands run at the same time.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [One]
    public int ThrottleLimit { get; set; } = 32;

    /// <summary>
    /// Gives the output's lines as they come, as strings with a property HostName, in place of one result at the end.
    /// Lines of standard error go to the information stream; $LASTEXITCODE has the exit status.
    /// </summary>
    [Parameter]
    public SwitchParameter Stream { get; set; }

    /// <summary>
    /// Makes an end with another exit status than 0, or by a signal, an error as well, whose TargetObject is the
    /// result.
    /// </summary>
    [Parameter]
    public SwitchParameter ErrorOnNonZeroExit { get; set; }

    /// <summary>Runs it in a job, with a child job for each target, and gives the job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <summary>The job's name; else Job1, Job2, ...</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? JobName { get; set; }

    /// <inheritdoc />
    private protected override bool IsOneOfMany => _isOneOfMany;

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // What is not bound yet comes through the pipeline: masters if no target was named, else input.
        _targetsArePiped = ParameterSetName == ByMaster && !IsBound(nameof(Master));
        _isOneOfMany = _targetsArePiped || AreSeveral;
        var hasInput = IsBound(nameof(InputObject)) || (MyInvocation.ExpectingInput && !_targetsArePiped);
        CheckParameters(hasInput);
        _plan = MakePlan();
        _throttle = new SemaphoreSlim(ThrottleLimit);
        if (AsJob) _job = new CommandJob(_plan.Text!, JobName);
        else _host = new CmdletRunHost(this);
        if (hasInput)
        {
            _input = new SharedInput();
            _pipelineInput = new PipelineInput(this, _input, Encoding, Tty ? "\r" : "\n");
        }

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
        else _pipelineInput?.Take(InputObject);
        Pump.RunPending();
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (_targetsArePiped) _pipelineInput?.Take(InputObject);
        _input?.Complete();
        if (_job is { } job)
        {
            _job = null;
            job.Complete();
            JobRepository.Add(job);
            WriteObject(job);
        }
        else
        {
            Await(_ => Task.WhenAll(_runs));
        }
    }

    /// <inheritdoc />
    private protected override void OnDisposing()
    {
        base.OnDisposing();
        _job?.Dispose();
    }

    private void CheckParameters(bool hasInput)
    {
        if (hasInput && InputFile is not null)
        {
            Refuse("input comes either from -InputFile or as -InputObject, not both");
        }

        if (Subsystem && ArgumentList is { Length: > 0 })
        {
            Refuse("a subsystem takes no arguments: leave out -ArgumentList");
        }

        if (SessionName is not null && Engine.Configuration.SessionName.WhyNot(SessionName) is { } whyNot)
        {
            Refuse($"-SessionName: {whyNot}");
        }

        if (JobName is not null && !AsJob) Refuse("-JobName names the job of -AsJob, which is missing");
        if (OutputFile is not null && AsByteStream) Refuse("-OutputFile takes the bytes: leave out -AsByteStream");
    }

    private CommandPlan MakePlan() => new()
    {
        Request = new SessionRequest
        {
            Command = CommandLine(),
            Subsystem = Subsystem,
            SessionName = SessionName,
            Environment = EnvironmentTable.ToList(this, Environment),
            Pty = Tty ? PtyRequest.Unattended(Terminals.HostWindow.Term, Terminals.HostWindow.SizeOf(Host)) : null,
        },
        TimeLimit = TimeoutSeconds > 0 ? TimeSpan.FromSeconds(TimeoutSeconds) : Timeout.InfiniteTimeSpan,
        Encoding = Encoding,
        Stream = Stream,
        AsBytes = AsByteStream,
        ErrorOnNonZeroExit = ErrorOnNonZeroExit,
    };

    private string CommandLine()
    {
        var line = Command;
        try
        {
            if (ArgumentList is not null) line = ShellWords.Append(Command, ArgumentList);
        }
        catch (ArgumentException e)
        {
            Refuse(e.Message);
        }

        if (line.Contains('\0', StringComparison.Ordinal)) Refuse("a command cannot have a NUL character in it");
        return line;
    }

    private void Refuse(string why) => ThrowTerminatingError(
        ErrorRecords.Make(ErrorRecords.InvalidInput, why, ErrorCategory.InvalidArgument, MyInvocation.BoundParameters));
}
