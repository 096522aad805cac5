using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// The notices of one client that announced "notice@sshmux". One that reads too slowly loses some, and holds nobody up.
/// </summary>
/// <param name="packets">The client's control connection.</param>
/// <param name="processId">The client's process; 0 if that is not known.</param>
/// <param name="isOwner">Whether the client is the user whose process this is.</param>
/// <param name="time">The clock.</param>
internal sealed class MuxClientNotices(IMuxPackets packets, int processId, bool isOwner, TimeProvider time)
{
    private const int Room = 16; // notices that wait for a slow client

    private static readonly TimeSpan _lastLimit = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly MuxNoticeMemory _memory = new(time);
    private readonly Queue<MuxNotice> _waiting = [];
    private Task _sending = Task.CompletedTask;
    private bool _isOver;

    /// <summary>Whether the client is the user whose process this is.</summary>
    public bool IsOwner => isOwner;

    /// <summary>Whether this is the same client as another: the same connection, or the same process.</summary>
    public bool IsSameAs(MuxClientNotices other) =>
        this == other || (processId > 0 && processId == other.ProcessId);

    private int ProcessId => processId;

    /// <summary>Tells the client, unless it has just been told the same. Waits for nothing.</summary>
    public void Tell(MuxNotice notice)
    {
        lock (_lock)
        {
            if (_isOver || _waiting.Count >= Room || !_memory.IsNews(notice)) return;
            _waiting.Enqueue(notice);
            if (_sending.IsCompleted) _sending = SendAsync();
        }
    }

    /// <summary>
    /// Sends no more; what is under way still goes out, for which the client has a moment, and no more.
    /// </summary>
    public async Task StopAsync()
    {
        Task sending;
        lock (_lock)
        {
            _isOver = true;
            sending = _sending;
        }

        await sending.WaitAsync(_lastLimit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task SendAsync()
    {
        // Not on the thread that tells: it may hold a lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            MuxNotice? next;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    // Under the lock, so that who tells next sees it.
                    _sending = Task.CompletedTask;
                    return;
                }
            }

            await packets.SendAsync(next).ConfigureAwait(false);
        }
    }
}
