using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Channels.Sessions;

/// <summary>
/// Further connections with the same login, for sessions that the server does not grant on the first one (SshMuxOverflow
/// connect). They are made one after the other as they are wanted, and closed when nobody has used them for a while.
/// </summary>
/// <param name="overflow">How many there may be.</param>
/// <param name="logIn">Connects and logs in, and asks no user; null: that cannot be done.</param>
/// <param name="add">Takes over one that is there.</param>
/// <param name="onAdded">Called when it has been taken over, and may be followed by the next one.</param>
/// <param name="time">What time is measured with.</param>
/// <param name="logger">Where it is said what becomes of them.</param>
internal sealed partial class FurtherConnections(
    SessionOverflow overflow,
    Func<CancellationToken, Task<SshConnection>>? logIn,
    Func<SshConnection, Task> add,
    Action onAdded,
    TimeProvider time,
    ILogger logger) : IAsyncDisposable
{
    /// <summary>How soon after a failure the next login is tried.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _connecting = Task.CompletedTask;
    private long? _failedAt; // a timestamp of the clock
    private bool _isConnecting;
    private bool _isGivenUp;
    private bool _isClosed;

    /// <summary>Whether one is being made.</summary>
    public bool IsConnecting
    {
        get { lock (_lock) return _isConnecting; }
    }

    /// <summary>Makes one more, if there may be one. Does not wait.</summary>
    /// <param name="count">How many there are.</param>
    public void Want(int count)
    {
        if (overflow.Mode != SessionOverflowMode.Connect || logIn is null) return;
        lock (_lock)
        {
            if (_isClosed || _isGivenUp || _isConnecting || count >= overflow.MaxConnections) return;
            if (_failedAt is { } failed && time.GetElapsedTime(failed) < Rest) return;
            LogConnecting(count + 1, overflow.MaxConnections);
            _isConnecting = true;
            _connecting = Task.Run(ConnectAsync, CancellationToken.None);
        }
    }

    /// <summary>Makes no more, and waits for one that is being made.</summary>
    public async ValueTask DisposeAsync()
    {
        Task connecting;
        lock (_lock)
        {
            _isClosed = true;
            connecting = _connecting;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await connecting.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ConnectAsync()
    {
        SshConnection connection;
        try
        {
            connection = await logIn!(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return; // nobody waits any more
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }

        await add(connection).ConfigureAwait(false);
        lock (_lock)
        {
            _failedAt = null;
            _isConnecting = false;
        }

        onAdded();
    }

    /// <summary>
    /// A server that does not let us in is not asked again: it may lock the user out for too many failures.
    /// </summary>
    private void Fail(Exception failure)
    {
        var isRefused = failure is SshException
        {
            Error: SshError.AuthenticationFailed or SshError.KeyUnusable
                or SshError.HostKeyUnknown or SshError.HostKeyChanged or SshError.HostKeyRevoked,
        };
        lock (_lock)
        {
            _isGivenUp |= isRefused;
            _failedAt = time.GetTimestamp();
            _isConnecting = false;
        }

        if (isRefused) LogGivenUp(failure.Message);
        else LogFailed(failure.Message);
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "the server grants no more sessions: making further connection {Number} of {Most} with the same login")]
    private partial void LogConnecting(int number, int most);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "no further connection can be made, so sessions wait for their turn: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "no further connection can be made without asking the user, so sessions wait for their turn from now "
            + "on: {Reason}")]
    private partial void LogGivenUp(string reason);
}
