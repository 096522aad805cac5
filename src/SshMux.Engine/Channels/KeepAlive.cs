using System.Globalization;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Channels;

/// <summary>
/// ServerAliveInterval and ServerAliveCountMax of ssh_config(5): a server that has gone without a word is noticed.
/// </summary>
internal sealed partial class KeepAlive(
    IMessageTransport transport, GlobalRequests requests, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private volatile bool _isOn;
    private volatile bool _isSilent;
    private long _lastReceived; // a timestamp of the clock

    /// <summary>
    /// The server has left a question unanswered (true), or said something after that (false). Raised on the receive loop
    /// or the thread pool: handlers must not block.
    /// </summary>
    public event Action<bool>? SilenceChanged;

    /// <summary>
    /// Asks the server whether it is there when it has been silent for an interval, and ends the connection when it has
    /// not said anything for <paramref name="countMax"/> more of them.
    /// </summary>
    /// <param name="host">The host as the reason names it.</param>
    /// <param name="interval">ServerAliveInterval; zero: never.</param>
    /// <param name="countMax">ServerAliveCountMax.</param>
    public void Start(string host, TimeSpan interval, int countMax)
    {
        if (interval <= TimeSpan.Zero) return;
        Volatile.Write(ref _lastReceived, time.GetTimestamp());
        _isOn = true;
        _ = WatchAsync(host, interval, countMax);
    }

    /// <summary>The server has said something, whatever it is.</summary>
    public void NoteReceived()
    {
        if (!_isOn) return;
        Volatile.Write(ref _lastReceived, time.GetTimestamp());
        if (!_isSilent) return;
        _isSilent = false;
        SilenceChanged?.Invoke(false);
    }

    private async Task WatchAsync(string host, TimeSpan interval, int countMax)
    {
        var unanswered = 0;
        var since = Volatile.Read(ref _lastReceived);
        using var stop = new CancellationTokenSource();
        while (true)
        {
            var wait = interval - time.GetElapsedTime(since);
            if (wait < ShortestWait) wait = ShortestWait;
            var elapsing = Task.Delay(wait, time, stop.Token);
            if (await Task.WhenAny(transport.Ended, elapsing).ConfigureAwait(false) == transport.Ended)
            {
                // Or the timer would keep all this for as long as an interval.
                await stop.CancelAsync().ConfigureAwait(false);
                return;
            }

            var now = time.GetTimestamp();
            var received = Volatile.Read(ref _lastReceived);
            if (time.GetElapsedTime(received, now) < interval)
            {
                (since, unanswered) = (received, 0);
                continue;
            }

            if (++unanswered > countMax)
            {
                transport.Close(Timeout(host, interval, countMax));
                return;
            }

            if (unanswered == 2)
            {
                _isSilent = true;
                SilenceChanged?.Invoke(true);
            }

            LogAsking(host);
            try
            {
                // Any answer counts when it arrives; nobody waits for this one.
                _ = requests.RequestAsync(GlobalRequestTypes.KeepAlive, []).ContinueWith(
                    static task => task.Exception, CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
            catch (SshException)
            {
                return; // ended just now
            }

            since = now;
        }
    }

    private static SshException Timeout(string host, TimeSpan interval, int countMax) => new(
        SshError.ConnectionTimeout,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Timeout, server {host} not responding (ServerAliveInterval {interval.TotalSeconds}, " +
            $"ServerAliveCountMax {countMax})"));

    [LoggerMessage(Level = LogLevel.Debug, Message = "asking {Host}, which has been silent, whether it is there")]
    private partial void LogAsking(string host);
}
