using SshMux.Engine;
using SshMux.PowerShell.Masters.Listening;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Masters.Background;

/// <summary>What is known here of a background master's life: what its record and its process tell.</summary>
internal sealed class BackgroundLife(BackgroundRecord record)
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    // Kept when the record is removed.
    private string? _endReason;

    /// <summary>What it has written of itself.</summary>
    public BackgroundRecord Record => record;

    /// <summary>Where it is in its life.</summary>
    public MasterState State =>
        _endReason is not null || BackgroundRecords.Read(record) is not { EndReason: null, Process.IsRunning: true }
            ? MasterState.Ended
            : File.Exists(record.ControlPath) ? MasterState.Open : MasterState.Finishing;

    /// <summary>Why it has ended; null as long as it lives.</summary>
    public string? EndReason
    {
        get
        {
            if (_endReason is not null || State != MasterState.Ended) return _endReason;
            return BackgroundRecords.Read(record) is { } now
                ? now.EndReason ?? $"its process ({record.Process.Id}) was killed"
                : "it was stopped";
        }
    }

    /// <summary>
    /// Ends the master, and waits until nothing is left of it, nor of its record; with <paramref name="graceful"/> only
    /// has it take no more clients.
    /// </summary>
    /// <param name="graceful">Whether its sessions may finish.</param>
    /// <param name="tell">Tells it by its control socket.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task StopAsync(
        bool graceful, Func<bool, CancellationToken, Task> tell, CancellationToken cancellationToken)
    {
        try
        {
            if (State == MasterState.Open) await tell(graceful, cancellationToken).ConfigureAwait(false);
            else if (!graceful) record.Process.Terminate();
        }
        catch (SshException) when (State == MasterState.Ended)
        {
            // By itself, at this moment.
        }

        if (!graceful || State == MasterState.Ended) await FinishAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        // Of the end of a process that is not a child there is no event.
        var start = Environment.TickCount64;
        while (record.Process.IsRunning && Environment.TickCount64 - start < EndLimit.TotalMilliseconds)
        {
            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }

        _endReason = EndReason;
        if (_endReason is null) return;
        BackgroundRecords.Remove(record);
        await ControlFolder.RemoveStaleAsync(cancellationToken).ConfigureAwait(false);
    }
}
