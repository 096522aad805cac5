using System.Management.Automation;
using System.Management.Automation.Runspaces;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Wire;
using SshMux.PowerShell.Masters;
using SshMux.PowerShell.Objects;
using SshMux.PowerShell.Running;

namespace SshMux.PowerShell.Jobs;

/// <summary>
/// A command on one target, as a job. Nobody answers its questions but a credential: a host key has to be known, or
/// accepted by an option, and a key's passphrase be in the agent.
/// </summary>
public sealed class CommandChildJob : Job, IRunHost
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly CommandJob _parent;
    private readonly MasterOpener _opener;
    private bool _hasFailed;

    internal CommandChildJob(
        CommandJob parent, string command, string location, PSCredential? credential, Runspace? runspace, bool debug)
        : base(command)
    {
        PSJobTypeName = parent.PSJobTypeName;
        Location = Printable.Lines(location);
        _parent = parent;
        _opener = new MasterOpener(new JobInteraction(this, credential), runspace, new JobLogger(this, debug));
    }

    /// <inheritdoc />
    public override bool HasMoreData =>
        !CommandJob.IsFinished(JobStateInfo.State)
        || Output.Count + Error.Count + Information.Count + Warning.Count + Verbose.Count + Debug.Count > 0;

    /// <summary>The target.</summary>
    public override string Location { get; }

    /// <inheritdoc />
    public override string StatusMessage => "";

    /// <summary>Ends the command: by signals, and by closing its session, which goes on in the background.</summary>
    public override void StopJob()
    {
        if (CommandJob.IsFinished(JobStateInfo.State)) return;
        Cancel();
        Finished.WaitOne(StopLimit);
    }

    /// <summary>Stops the job, and does not wait until it has stopped.</summary>
    internal void Cancel() => _stop.Cancel();

    internal void Start(CommandRun run, SemaphoreSlim throttle) => _ = Task.Run(() => RunAsync(run, throttle));

    async Task<(Master Master, string Label)> IRunHost.OpenAsync(HostQuery query, CancellationToken cancellationToken)
    {
        var configuration = await HostConfiguration.LoadAsync(query, cancellationToken).ConfigureAwait(false);
        foreach (var warning in configuration.Warnings) Warning.Add(new WarningRecord(Printable.Lines(warning)));
        var master = await _opener.FindOrOpenAsync(configuration, cancellationToken).ConfigureAwait(false);
        return (master, configuration.Host);
    }

    IDisposable IRunHost.Hear(Master master, string host) => master.Notices.Hear(this, notice =>
    {
        try
        {
            if (notice.IsWarning)
            {
                Warning.Add(new WarningRecord(notice.Text));
                return;
            }

            var record = new InformationRecord(notice.Text, host);
            record.Tags.Add(SshCmdlet.NoticeTag);
            Information.Add(record);
        }
        catch (InvalidOperationException)
        {
            // The job has ended just now.
        }
    });

    void IRunHost.OnStarted()
    {
        if (_parent.IsStopped) throw new OperationCanceledException();
        SetJobState(JobState.Running);
    }

    Task IRunHost.WriteLinesAsync(string host, List<string> lines)
    {
        foreach (var line in lines) Output.Add(PSObjects.FromHost(line, host));
        return Task.CompletedTask;
    }

    Task IRunHost.WriteErrorLinesAsync(string host, List<string> lines)
    {
        foreach (var line in lines)
        {
            var record = new InformationRecord(new ErrorLine(host, line, _parent.ChildJobs.Count > 1), host);
            record.Tags.AddRange(ErrorLine.Tags);
            Information.Add(record);
        }

        return Task.CompletedTask;
    }

    Task IRunHost.WriteBytesAsync(string host, byte[] bytes)
    {
        Output.Add(PSObjects.FromHost(bytes, host));
        return Task.CompletedTask;
    }

    Task IRunHost.WriteEndAsync(CommandResult result, bool isStreamed, ErrorRecord? error)
    {
        if (!isStreamed) Output.Add(result.ToPSObject());
        return error is null ? Task.CompletedTask : WriteErrorAsync(error);
    }

    Task IRunHost.WriteErrorAsync(ErrorRecord error) => WriteErrorAsync(error);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
            _stop.Dispose();
        }

        base.Dispose(disposing);
    }

    private Task WriteErrorAsync(ErrorRecord error)
    {
        _hasFailed = true;
        error.CategoryInfo.Activity = "Invoke-SshMux";
        Error.Add(error);
        return Task.CompletedTask;
    }

    private async Task RunAsync(CommandRun run, SemaphoreSlim throttle)
    {
        JobState end;
        try
        {
            await run.RunAsync(throttle, _stop.Token).ConfigureAwait(false);
            end = _hasFailed ? JobState.Failed : JobState.Completed;
        }
        catch (OperationCanceledException)
        {
            end = JobState.Stopped;
        }
        catch (Exception e)
        {
            // A fault of this program; Receive-Job shows it.
            Error.Add(new ErrorRecord(e, "JobFailed", ErrorCategory.NotSpecified, Location));
            end = JobState.Failed;
        }

        Output.Complete();
        Error.Complete();
        Information.Complete();
        Warning.Complete();
        Verbose.Complete();
        Debug.Complete();
        SetJobState(end);
    }
}
