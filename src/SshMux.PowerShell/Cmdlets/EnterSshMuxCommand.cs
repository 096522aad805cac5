using System.Collections;
using System.Management.Automation;
using SshMux.PowerShell.Completion;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Parameters;
using SshMux.PowerShell.Pipeline;
using SshMux.PowerShell.Running;
using SshMux.PowerShell.Terminals;

namespace SshMux.PowerShell;

/// <summary>
/// Opens an interactive shell, or a program with a terminal, on PowerShell's own terminal, over a master.
/// </summary>
[Cmdlet(VerbsCommon.Enter, "SshMux", DefaultParameterSetName = ByMaster)]
public sealed class EnterSshMuxCommand : ConnectingCmdlet
{
    private readonly List<object> _piped = [];

    /// <summary>The master: an object, or its name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByMaster)]
    [ArgumentCompleter(typeof(MasterNameCompleter))]
    [ValidateNotNullOrEmpty]
    [One]
    public object? Master { get; set; }

    /// <summary>The control socket of a master: ours, or that of <c>ssh -M</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByControlPath)]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string ControlPath { get; set; } = "";

    /// <summary>
    /// The host: over the master at its configured ControlPath if one lives there, else over a new master in this process,
    /// which is kept for the next time.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = ByHostName)]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string HostName { get; set; } = "";

    /// <summary>The command to run on the terminal; the user's login shell if none is given.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? Command { get; set; }

    /// <summary>
    /// The character that begins an escape at the beginning of a line: "~", a control character as "^]", or "none"; else
    /// the one that ssh_config says.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [OneText]
    public string? EscapeCharacter { get; set; }

    /// <summary>Environment variables; those that the master and the server's AcceptEnv take.</summary>
    [Parameter]
    [ValidateNotNull]
    [One]
    public IDictionary Environment { get; set; } = new Hashtable();

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (TerminalCheck.WhyNot(Host) is { } reason)
        {
            ThrowTerminatingError(ErrorRecords.Make(
                ErrorRecords.NoTerminal,
                $"Enter-SshMux needs a terminal with somebody at it, and {reason}; Invoke-SshMux runs commands without one",
                ErrorCategory.InvalidOperation,
                null));
        }

        if (Engine.Configuration.EscapeCharacter.TryParse(EscapeCharacter, out _)) return;
        ThrowTerminatingError(ErrorRecords.Make(
            ErrorRecords.InvalidInput,
            $"'{EscapeCharacter}' is no escape character: give one character, ^ and a letter, or none",
            ErrorCategory.InvalidArgument,
            EscapeCharacter));
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ByMaster) _piped.Add(Master!);
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        switch (ParameterSetName)
        {
            case ByControlPath:
                Try(ControlPath, () => Enter(MasterAt(ControlPath)));
                break;
            case ByHostName:
                Try(HostName, () => Enter(MasterFor(HostName)));
                break;
            default:
                var masters = _piped.SelectMany(ResolveMaster).ToArray();
                if (masters.Length == 1) Try(masters[0], () => Enter(masters[0]));
                else if (masters.Length > 1) RefuseMany(masters);
                break;
        }
    }

    private Master MasterFor(string host)
    {
        var query = QueryFor(host, type: null, Command);
        var opener = OpenerFor(host, oneOfMany: false);
        return Await(async stop =>
        {
            var configuration = await LoadAsync(query, stop).ConfigureAwait(false);
            return await opener.FindOrOpenAsync(configuration, stop).ConfigureAwait(false);
        });
    }

    private void RefuseMany(Master[] masters) => WriteError(ErrorRecords.Make(
        ErrorRecords.InvalidInput,
        $"there is one terminal for {masters.Length} masters ({string.Join(", ", masters.Select(master => master.Name))}); "
        + "name one of them",
        ErrorCategory.InvalidArgument,
        masters));

    private void Enter(Master master)
    {
        var request = new TerminalRequest
        {
            Command = Command,
            EscapeCharacter = EscapeCharacter,
            Environment = EnvironmentTable.ToList(this, Environment),
        };
        var status = TerminalEnd.Failure;
        using var hearing = Hear(master);
        Host.NotifyBeginApplication();
        try
        {
            var end = Run(master, request);
            status = end.ExitCode;
            if (end.Remark is { } remark) WriteWarning(remark);
        }
        finally
        {
            Host.NotifyEndApplication();

            // As a program that pwsh itself starts would leave it.
            SessionState.PSVariable.Set("global:LASTEXITCODE", status);
            Pump.RunPending(); // what the master told meanwhile
        }
    }

    private TerminalEnd Run(Master master, TerminalRequest request)
    {
        using var terminal = LocalTerminal.Borrow();
        var session = Await(stop => master.AttachAsync(request, stop));
        try
        {
            terminal.GoRaw(session.Resize);
            session.Start();

            // Not by the pump: what it shows (the engine's messages) would go into the remote program's screen.
            session.Completion.Wait(Stop);
            var end = session.Completion.Result;
            if (end.Remark is not null) terminal.LeaveAbruptly();
            return end;
        }
        catch (OperationCanceledException)
        {
            terminal.LeaveAbruptly();
            throw new PipelineStoppedException();
        }
        catch
        {
            terminal.LeaveAbruptly();
            throw;
        }
        finally
        {
            // Needs no waiting: the session is closed, and what is left of it needs nobody.
            _ = session.DisposeAsync().AsTask();
        }
    }
}
