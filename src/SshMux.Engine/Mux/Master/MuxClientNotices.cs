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

    private static readonly TimeSpan LastLimit = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly MuxNoticeMemory _memory = new(time);
    private readonly Queue<MuxNotice> _waiting = [];
    private Task _sending = Task.CompletedTask;
    private bool _isOn;

    /// <summary>Whether the client is the user whose process this is.</summary>
    public bool IsOwner => isOwner;

    /// <summary>Whether this is the same client as another: the same connection, or the same process.</summary>
    public bool IsSameAs(MuxClientNotices other) =>
        this == other || (processId > 0 && processId == other.ProcessId);

    private int ProcessId => processId;

    /// <summary>The client has announced that it hears notices; until then it is told none.</summary>
    public void Start()
    {
        lock (_lock) _isOn = true;
    }

    /// <summary>Tells the client, unless it has just been told the same. Waits for nothing.</summary>
    public void Tell(MuxNotice notice)
    {
        lock (_lock)
        {
            if (!_isOn || _waiting.Count >= Room || !_memory.IsNews(notice)) return;
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
            _isOn = false;
            sending = _sending;
        }

        await sending.WaitAsync(LastLimit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>If the connection has ended, tells that, and waits as <see cref="StopAsync"/> does.</summary>
    /// <param name="end">What is told; null: it lives.</param>
    public async Task TellEndAsync(MuxNotice? end)
    {
        if (end is null) return;
        Tell(end);
        await StopAsync().ConfigureAwait(false);
    }

    private async Task SendAsync()
    {
        // At once, as far as the client's buffer has room: what follows may be the end of the control connection.
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
