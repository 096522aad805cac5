namespace SshMux.Engine.Channels.Sessions;

/// <summary>A further connection of a pool, which ends when nobody has used it for a while.</summary>
internal sealed class FurtherConnection : IAsyncDisposable
{
    /// <summary>How long it stays when it is not used.</summary>
    public static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(60);

    private readonly ITimer _timer;

    /// <summary>Counts the time of a connection that nobody uses yet.</summary>
    /// <param name="connection">It belongs to this object from now on.</param>
    /// <param name="time">What time is measured with.</param>
    /// <param name="onIdle">Called when nobody has used it for the time; may be called more than once.</param>
    public FurtherConnection(SshConnection connection, TimeProvider time, Action<FurtherConnection> onIdle)
    {
        Places = new SessionPlaces(connection);
        _timer = time.CreateTimer(_ => onIdle(this), null, IdleLimit, Timeout.InfiniteTimeSpan);
        connection.ChannelRemoved += OnChannelRemoved;
    }

    /// <summary>The connection, and what the server may still grant on it.</summary>
    public SessionPlaces Places { get; }

    /// <summary>Whether nobody uses it now.</summary>
    public bool IsIdle => Places.Asked == 0 && Places.Connection.ChannelCount == 0;

    /// <summary>Frees what the connection holds, when it has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        Places.Connection.ChannelRemoved -= OnChannelRemoved;
        await _timer.DisposeAsync().ConfigureAwait(false);
        await Places.Connection.DisposeAsync().ConfigureAwait(false);
    }

    private void OnChannelRemoved()
    {
        if (Places.Connection.ChannelCount == 0) _timer.Change(IdleLimit, Timeout.InfiniteTimeSpan);
    }
}
