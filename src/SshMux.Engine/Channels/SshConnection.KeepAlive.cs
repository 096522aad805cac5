using System.Globalization;
using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Channels;

// ServerAliveInterval and ServerAliveCountMax: a server that has gone without a word is noticed.
public sealed partial class SshConnection
{
    private long _lastReceived = Environment.TickCount64;

    /// <summary>
    /// Asks the server whether it is there when it has been silent for an interval, and ends the connection when it has
    /// not said anything for <paramref name="countMax"/> more of them.
    /// </summary>
    /// <param name="host">The host as the reason names it.</param>
    /// <param name="interval">ServerAliveInterval; zero: never.</param>
    /// <param name="countMax">ServerAliveCountMax.</param>
    public void KeepAlive(string host, TimeSpan interval, int countMax)
    {
        if (interval > TimeSpan.Zero) _ = KeepAliveAsync(host, interval, countMax);
    }

    private void NoteReceived() => Volatile.Write(ref _lastReceived, Environment.TickCount64);

    private async Task KeepAliveAsync(string host, TimeSpan interval, int countMax)
    {
        var length = (long)interval.TotalMilliseconds;
        var unanswered = 0;
        var due = Volatile.Read(ref _lastReceived) + length;
        using var stop = new CancellationTokenSource();
        while (true)
        {
            var wait = TimeSpan.FromMilliseconds(Math.Max(1, due - Environment.TickCount64));
            if (await Task.WhenAny(Ended, Task.Delay(wait, stop.Token)).ConfigureAwait(false) == Ended)
            {
                // Or the timer would keep all this for as long as an interval.
                await stop.CancelAsync().ConfigureAwait(false);
                return;
            }

            var now = Environment.TickCount64;
            var sinceReceived = Volatile.Read(ref _lastReceived) + length;
            if (sinceReceived > now)
            {
                (due, unanswered) = (sinceReceived, 0);
                continue;
            }

            if (++unanswered > countMax)
            {
                Close(new SshException(
                    SshError.ConnectionTimeout,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Timeout, server {host} not responding (ServerAliveInterval {interval.TotalSeconds}, " +
                        $"ServerAliveCountMax {countMax})")));
                return;
            }

            LogAsking(host);
            try
            {
                // Any answer counts when it arrives; nobody waits for this one.
                _ = RequestAsync("keepalive@openssh.com", []).ContinueWith(
                    static task => task.Exception, CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }
            catch (SshException)
            {
                return; // ended just now
            }

            due = now + length;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "asking {Host}, which has been silent, whether it is there")]
    private partial void LogAsking(string host);
}
