using System.Diagnostics;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// The sftp sessions that uploads share. A server lets a session send no more than a window in a round trip (sshd(8):
/// 2 MiB), however much the path could carry. Where that is what holds up the copies, further sessions are opened
/// beside the first; where the path is short, or something else is the limit, the first stays alone.
/// </summary>
/// <remarks>
/// Only with OpenSSH's own server, known by an extension that hardly another has: its files are those of a file system,
/// which several processes may write to at once. What others show as files may be whatever was uploaded last.
/// </remarks>
internal sealed class SftpLanes : IAsyncDisposable
{
    /// <summary>So many sessions at most: OpenSSH's server has 10 for a login, and other programs want some.</summary>
    public const int Most = 5;

    // What OpenSSH's server gives, and with it most others.
    private const double Window = 2 * 1024 * 1024;
    private const double LeastRoundTrips = 3;
    private static readonly TimeSpan LeastTime = TimeSpan.FromMilliseconds(100);

    // A session that is not open by then waits for others to end (SshMuxOverflow), who want it more than a copy that has one.
    private static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(2);
    private const int OpenRoundTrips = 20;

    private readonly Func<CancellationToken, Task<SftpClient>>? _open;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private volatile SftpClient[] _clients;
    private Task _opening = Task.CompletedTask;
    private bool _mayOpen;
    private long _since;
    private long _written;

    /// <summary>Begins with one session.</summary>
    /// <param name="first">It stays the caller's.</param>
    /// <param name="open">Opens one more with the same server; null if there are to be no more.</param>
    public SftpLanes(SftpClient first, Func<CancellationToken, Task<SftpClient>>? open = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        _clients = [first];
        _open = open;
        _mayOpen = open is not null && first.HasExtension(SftpProtocol.SetStatOfLink);
    }

    /// <summary>All of them, the first one first; others are added at the end.</summary>
    public IReadOnlyList<SftpClient> Clients => _clients;

    /// <summary>Ends all sessions but the first.</summary>
    public async ValueTask DisposeAsync()
    {
        Task opening;
        lock (_lock)
        {
            _mayOpen = false;
            opening = _opening;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await opening.ConfigureAwait(false);
        await Task.WhenAll(_clients[1..].Select(client => client.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    /// <summary>So many bytes of a file have been written by the server. Does not wait.</summary>
    internal void Written(int bytes)
    {
        lock (_lock)
        {
            if (!_mayOpen) return;
            var now = Stopwatch.GetTimestamp();
            if (_since == 0) _since = now;
            _written += bytes;
            var elapsed = Stopwatch.GetElapsedTime(_since, now);
            var roundTrip = _clients[0].RoundTrip;
            if (elapsed < LeastTime || elapsed < LeastRoundTrips * roundTrip) return;

            // At half of what the window lets through it is taken for the limit: the rest is what beginnings cost.
            var limit = Window / roundTrip.TotalSeconds;
            var isLimit = _written / elapsed.TotalSeconds >= limit / 2;
            _since = now;
            _written = 0;
            if (!isLimit) return;
            _mayOpen = false;
            _opening = Task.Run(OpenAsync, CancellationToken.None);
        }
    }

    private async Task OpenAsync()
    {
        var opened = await Task.WhenAll(Enumerable.Range(1, Most - 1).Select(_ => TryOpenAsync()))
            .ConfigureAwait(false);
        _clients = [.. _clients, .. opened.OfType<SftpClient>()];
    }

    private async Task<SftpClient?> TryOpenAsync()
    {
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            stop.CancelAfter(OpenTime + (OpenRoundTrips * _clients[0].RoundTrip));
            return await _open!(stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or OperationCanceledException)
        {
            // A server that has no more sessions to give: those that are there do.
            return null;
        }
    }
}
