using System.Globalization;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Channels.Sessions;

// The further connections of a pool, and what is said about who waits.
internal sealed partial class SessionPool
{
    /// <summary>Takes over a further connection, and uses it for who waits.</summary>
    private async Task AddAsync(SshConnection connection)
    {
        connection.Context.OnProgramStarting = _connection.Context.OnProgramStarting;
        var further = new FurtherConnection(connection, _time, OnIdle);
        SshException? closed;
        lock (_lock)
        {
            closed = _closed;
            if (closed is null)
            {
                _further.Add(further);
                connection.Sessions.Ended += () => OnSessionEnded(further.Places);
                connection.ChannelRemoved += () => Removed?.Invoke();
                _ending.Add(WatchAsync(further));
            }
        }

        if (closed is not null)
        {
            connection.Close(closed);
            await further.DisposeAsync().ConfigureAwait(false);
            return;
        }

        LogConnected();
    }

    private void OnIdle(FurtherConnection further)
    {
        lock (_lock)
        {
            // Nobody is given a place on it from now on.
            if (!further.IsIdle || !_further.Remove(further)) return;
        }

        further.Places.Connection.Close(new SshException(
            SshError.Stopped,
            $"nobody used the further connection for {FurtherConnection.IdleLimit.TotalSeconds} s"));
    }

    /// <summary>Its end is that of its own sessions, which have the reason, and of nothing else.</summary>
    private async Task WatchAsync(FurtherConnection further)
    {
        var reason = await further.Places.Connection.Ended.ConfigureAwait(false);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_lock) _further.Remove(further);
        LogFurtherEnded(reason.Message);
        await OneByOne.GuardAsync(() => further.DisposeAsync().AsTask(), LogNotEnded).ConfigureAwait(false);
        Removed?.Invoke();
        Fill();
    }

    private string Sentence(SshException refusal)
    {
        var limit = _overflow.Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return $"{refusal.Message}: waiting for another session to end (for {limit} s at most while none does)";
    }

    private SshException TooLate(SshException refusal, TimeSpan waited)
    {
        var seconds = ((int)waited.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var advice = _overflow.Mode == SessionOverflowMode.Connect
            ? "let SshMuxOverflow connect make more connections"
            : "have the master log in again for them (SshMuxOverflow=connect)";
        return new SshException(
            refusal.Error,
            $"{refusal.Message}; waited {seconds} s for another session to end; raise MaxSessions in the server's "
            + $"sshd_config, or {advice}",
            refusal)
        {
            Refusal = refusal.Refusal,
        };
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "{Refusal}: sessions wait for others to end, for {Limit} at most while none does")]
    private partial void LogFull(string refusal, TimeSpan limit);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a session waits for others to end; so many wait before it: {Count}")]
    private partial void LogWaits(int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a session that waited for others to end was opened after {Waited}")]
    private partial void LogTurn(TimeSpan waited);

    [LoggerMessage(Level = LogLevel.Information, Message = "a further connection is there for sessions that wait")]
    private partial void LogConnected();

    [LoggerMessage(Level = LogLevel.Information, Message = "a further connection has ended: {Reason}")]
    private partial void LogFurtherEnded(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "something of a further connection could not be ended")]
    private partial void LogNotEnded(Exception e);
}
