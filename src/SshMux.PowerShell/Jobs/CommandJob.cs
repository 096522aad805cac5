using System.Management.Automation;
using SshMux.PowerShell.Running;

namespace SshMux.PowerShell.Jobs;

/// <summary>
/// The job of <c>Invoke-SshMux -AsJob</c>, with a child job for each target. It ends when all of them have: failed if
/// one has failed, stopped if one was stopped, else completed.
/// </summary>
public sealed class CommandJob : Job
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private int _running;
    private bool _isComplete;
    private volatile bool _isStopped;

    internal CommandJob(string command, string? name)
        : base(command, name)
    {
        PSJobTypeName = "SshMuxJob";
        SetJobState(JobState.Running);
    }

    /// <inheritdoc />
    public override bool HasMoreData => ChildJobs.Any(child => child.HasMoreData);

    /// <summary>The targets.</summary>
    public override string Location => string.Join(",", ChildJobs.Select(child => child.Location));

    /// <inheritdoc />
    public override string StatusMessage => "";

    /// <summary>Whether nothing more is to be started.</summary>
    internal bool IsStopped => _isStopped;

    /// <summary>Ends the commands that run, and does not run the others. Returns when the job has stopped.</summary>
    public override void StopJob()
    {
        lock (_lock)
        {
            if (IsFinished(JobStateInfo.State)) return;
            _isStopped = true;
        }

        SetJobState(JobState.Stopping);
        foreach (var child in ChildJobs) ((CommandChildJob)child).Cancel();
        if (_running == 0) Finish();
        Finished.WaitOne(StopLimit);
    }

    /// <summary>Starts a target's command.</summary>
    internal void Start(CommandChildJob child, CommandRun run, SemaphoreSlim throttle)
    {
        lock (_lock) _running++;
        ChildJobs.Add(child);
        child.StateChanged += (_, e) =>
        {
            if (IsFinished(e.JobStateInfo.State)) OnChildFinished();
        };
        child.Start(run, throttle);
    }

    /// <summary>There are no more targets.</summary>
    internal void Complete()
    {
        lock (_lock)
        {
            _isComplete = true;
            if (_running > 0) return;
        }

        Finish();
    }

    internal static bool IsFinished(JobState state) =>
        state is JobState.Completed or JobState.Failed or JobState.Stopped;

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
            foreach (var child in ChildJobs) child.Dispose();
        }

        base.Dispose(disposing);
    }

    private void OnChildFinished()
    {
        lock (_lock)
        {
            if (--_running > 0 || !(_isComplete || _isStopped)) return;
        }

        Finish();
    }

    private void Finish()
    {
        if (IsFinished(JobStateInfo.State)) return;
        var states = ChildJobs.Select(child => child.JobStateInfo.State).ToList();
        SetJobState(
            _isStopped || states.Contains(JobState.Stopped) ? JobState.Stopped
            : states.Contains(JobState.Failed) ? JobState.Failed
            : JobState.Completed);
    }
}
