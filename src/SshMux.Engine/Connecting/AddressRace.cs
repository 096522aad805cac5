using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Connecting;

/// <summary>
/// Connects to the first of a host's addresses that answers, as RFC 8305 ("Happy Eyeballs") says: the attempts begin
/// one after the other, the next as soon as one has failed or stayed silent for a moment, and the first that connects
/// ends all others.
/// </summary>
internal static partial class AddressRace
{
    /// <summary>How long an address may be silent before the next is tried beside it (RFC 8305 section 5).</summary>
    public static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>One address to connect to, and the local one to do it from, if it matters.</summary>
    public readonly record struct Candidate(IPEndPoint To, IPAddress? From);

    /// <summary>
    /// The addresses in the order to try them: as the resolver has them, but the families take turns, so that one that
    /// leads nowhere costs one delay only (RFC 8305 section 4).
    /// </summary>
    public static IPAddress[] Order(IReadOnlyCollection<IPAddress> addresses)
    {
        var families = addresses.Distinct().GroupBy(address => address.AddressFamily).Select(group => group.ToArray());
        return
        [
            .. families
                .SelectMany(family => family.Select((address, turn) => (address, turn)))
                .OrderBy(pair => pair.turn)
                .Select(pair => pair.address),
        ];
    }

    /// <summary>
    /// Connects; null with the reasons of all addresses, in the order in which they failed, if none can be reached.
    /// </summary>
    public static async Task<(Socket? Socket, List<(IPAddress Address, SocketException Reason)> Failures)> RunAsync(
        IReadOnlyList<Candidate> candidates,
        Func<Candidate, CancellationToken, Task<Socket>> connect,
        TimeSpan attemptDelay,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<(Candidate Candidate, Task<Socket> Task)> running = [];
        List<(IPAddress, SocketException)> failures = [];
        var next = 0;
        Socket? winner = null;
        try
        {
            while (winner is null && (running.Count > 0 || next < candidates.Count))
            {
                if (next < candidates.Count)
                {
                    var candidate = candidates[next++];
                    LogConnecting(logger, candidate.To);
                    running.Add((candidate, connect(candidate, stop.Token)));
                }

                var wait = next < candidates.Count ? attemptDelay : Timeout.InfiniteTimeSpan;
                winner = await WaitAsync(running, failures, wait, logger, stop.Token).ConfigureAwait(false);
            }

            return (winner, failures);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (var (_, task) in running) await DropAsync(task, winner).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until one connects (gives its socket), or it is the next one's turn, or none is left.</summary>
    private static async Task<Socket?> WaitAsync(
        List<(Candidate Candidate, Task<Socket> Task)> running,
        List<(IPAddress, SocketException)> failures,
        TimeSpan wait,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var delay = Task.Delay(wait, cancellationToken);
        while (running.Count > 0)
        {
            var done = await Task.WhenAny(running.Select(attempt => (Task)attempt.Task).Append(delay))
                .ConfigureAwait(false);
            if (done == delay)
            {
                await delay.ConfigureAwait(false); // throws if cancelled
                return null;
            }

            var index = running.FindIndex(attempt => attempt.Task == done);
            var (candidate, task) = running[index];
            try
            {
                return await task.ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                running.RemoveAt(index);
                failures.Add((candidate.To.Address, e));
                var problem = SocketWords.Of(e);
                LogFailed(logger, candidate.To, problem);
            }

            if (wait != Timeout.InfiniteTimeSpan) return null; // the next one's turn has come
        }

        return null;
    }

    /// <summary>Whatever comes of an attempt now is not wanted any more.</summary>
    private static async Task DropAsync(Task<Socket> attempt, Socket? winner)
    {
        try
        {
            var socket = await attempt.ConfigureAwait(false);
            if (socket != winner) socket.Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It was cancelled, or has failed meanwhile: another was faster, or the caller has given up.
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "connecting to {EndPoint}")]
    private static partial void LogConnecting(ILogger logger, IPEndPoint endPoint);

    [LoggerMessage(Level = LogLevel.Debug, Message = "connecting to {EndPoint} failed: {Problem}")]
    private static partial void LogFailed(ILogger logger, IPEndPoint endPoint, string problem);
}
