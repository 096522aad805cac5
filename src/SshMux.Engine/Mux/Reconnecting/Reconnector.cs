using System.Globalization;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;

namespace SshMux.Engine.Mux.Reconnecting;

/// <summary>Logs in again after a connection was lost, as often as it takes or as the user allows.</summary>
/// <param name="policy">How often.</param>
/// <param name="logIn">Connects and logs in, and asks no user.</param>
/// <param name="time">What time is measured with.</param>
/// <param name="logger">Where each attempt is told.</param>
internal sealed partial class Reconnector(
    Reconnection policy,
    Func<CancellationToken, Task<SshConnection>> logIn,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>How long a connection must have held for its loss not to be the next failure in a row.</summary>
    public static readonly TimeSpan Held = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long one attempt may take: a network that was cut answers nothing, and may be back long before that is noticed.
    /// </summary>
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(30);

    private readonly ReconnectDelay _delay = new();
    private int _attempts;
    private int _waiting;
    private volatile TaskCompletionSource _wanted = NewWish();
    private long _connectedAt = time.GetTimestamp();

    /// <summary>Whether the end of a connection is a loss, and not what somebody here wanted.</summary>
    public static bool IsLoss(SshException reason) => reason.Error != SshError.Stopped;

    /// <summary>Somebody waits for the connection, from now until this is disposed of: attempts follow each other sooner.</summary>
    public IDisposable Want()
    {
        Interlocked.Increment(ref _waiting);
        _wanted.TrySetResult();
        return new Wish(this);
    }

    /// <summary>Logs in again.</summary>
    /// <param name="lost">Why the connection has ended.</param>
    /// <param name="cancellationToken">The master ends.</param>
    /// <exception cref="SshException">There will be no connection: why, behind why the last one has ended.</exception>
    public async Task<SshConnection> ConnectAsync(SshException lost, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_connectedAt) >= Held)
        {
            _delay.Reset();
            _attempts = 0;
        }

        var last = lost;
        while (policy.Attempts is not { } most || _attempts < most)
        {
            _attempts++;
            await RestAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var connection = await AttemptAsync(cancellationToken).ConfigureAwait(false);
                _connectedAt = time.GetTimestamp();
                LogConnected(_attempts);
                return connection;
            }
            catch (SshException e) when (!IsRefusal(e))
            {
                last = e;
                LogFailed(_attempts, e.Message);
            }
            catch (SshException e)
            {
                throw GivenUp(lost, e, "cannot log in again");
            }
        }

        var count = policy.Attempts.Value.ToString(CultureInfo.InvariantCulture);
        throw last == lost
            ? lost
            : GivenUp(lost, last, $"cannot connect again (SshMuxReconnect {count})");
    }

    private static TaskCompletionSource NewWish() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RestAsync(CancellationToken cancellationToken)
    {
        var rest = _delay.Next();
        var soon = _delay.Soon();
        if (rest <= soon)
        {
            await Task.Delay(rest, time, cancellationToken).ConfigureAwait(false);
            return;
        }

        await Task.Delay(soon, time, cancellationToken).ConfigureAwait(false);
        _wanted = NewWish();
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiting) > 0) return;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Task.Delay(rest - soon, time, over.Token), _wanted.Task).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task<SshConnection> AttemptAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AttemptLimit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await logIn(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SshException(
                SshError.ConnectionTimeout,
                string.Create(CultureInfo.InvariantCulture, $"no login within {AttemptLimit.TotalSeconds} s"),
                e);
        }
        catch (Exception e) when (e is not (SshException or OperationCanceledException))
        {
            throw new SshException(SshError.ConnectionFailed, e.Message, e);
        }
    }

    /// <summary>
    /// A server that does not let us in, or is another one, is not asked again: it may lock the user out for too many
    /// failures.
    /// </summary>
    private static bool IsRefusal(SshException failure) => failure.Error
        is SshError.AuthenticationFailed or SshError.KeyUnusable or SshError.HostKeyUnknown
        or SshError.HostKeyChanged or SshError.HostKeyRevoked or SshError.NoCommonAlgorithm
        or SshError.ConfigurationInvalid;

    private static SshException GivenUp(SshException lost, SshException failure, string what) =>
        new(failure.Error, $"{lost.Message}; {what}: {failure.Message}", failure);

    private sealed class Wish(Reconnector owner) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref owner._waiting);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "attempt {Number} to connect again failed: {Reason}")]
    private partial void LogFailed(int number, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "connected and logged in again, at attempt {Number}")]
    private partial void LogConnected(int number);
}
