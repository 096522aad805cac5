using System.Diagnostics;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Pipeline;

namespace SshMux.PowerShell.Masters;

/// <summary>
/// The questions of Test-SshMux to one master, each with a time limit; the first failure is the reason.
/// </summary>
internal sealed class MasterCheck(TimeSpan timeLimit, CancellationToken cancellationToken)
{
    private int? _processId;
    private TimeSpan? _master;
    private TimeSpan? _server;
    private string? _reason;

    /// <summary>Whether the master is locked, as far as it was asked.</summary>
    public bool IsLocked { get; set; }

    /// <summary>Asks the master at a control path whether it is alive.</summary>
    public Task MasterAsync(string controlPath) => AskAsync(
        "the master",
        async stop =>
        {
            var clock = Stopwatch.StartNew();
            await using var client = await MuxClient.ConnectAsync(controlPath, stop).ConfigureAwait(false);
            _processId = await client.CheckAliveAsync(stop).ConfigureAwait(false);
            _master = clock.Elapsed;
            var present = await client.FindPresentAsync(stop).ConfigureAwait(false);
            IsLocked = present?.Lock is not null;
            if (present?.Lost is { } reason) FailBecauseLost(reason);
        });

    /// <summary>It is here, and there is no way to ask it that others would go.</summary>
    public void IsOfThisProcess() => _processId = Environment.ProcessId;

    /// <summary>Asks the server through the master, in whichever way that goes.</summary>
    public Task ServerAsync(Func<CancellationToken, Task<TimeSpan?>> measure) => AskAsync(
        "the server", async stop => _server = await measure(stop).ConfigureAwait(false));

    /// <summary>It is known already that it is not alive.</summary>
    public void Fail(string reason) => _reason ??= reason;

    /// <summary>The master has lost its connection and makes it again.</summary>
    public void FailBecauseLost(string reason) => Fail($"{reason}; the master connects again");

    /// <summary>What was found out.</summary>
    public MasterStatus ToStatus(Master master) => new()
    {
        Name = master.InThisProcess ? master.Name : master.Label,
        HostName = master.HostName,
        ControlPath = master.ControlPath,
        Alive = _reason is null,
        MasterPid = _processId,
        MasterRoundTrip = _master,
        ServerRoundTrip = _server,
        Locked = IsLocked,
        Reason = _reason is null ? null : Printable.Lines(_reason),
    };

    private async Task AskAsync(string whom, Func<CancellationToken, Task> ask)
    {
        if (_reason is not null) return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeLimit);
        try
        {
            await ask(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _reason = $"{whom} did not answer within {timeLimit.TotalSeconds:0.###} s";
        }
        catch (Exception e) when (ErrorRecords.FindReason(e) is { } reason)
        {
            _reason = reason.Message;
        }
    }
}
