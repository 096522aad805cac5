using Microsoft.Extensions.Logging;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Channels;

/// <summary>
/// Sessions that are opened in advance: who takes one has its program's request answered after one round trip instead
/// of two. The server counts them (MaxSessions); when it allows no more, none are opened until a session has ended.
/// </summary>
/// <param name="open">Opens one.</param>
/// <param name="onReady">Called when one is ready.</param>
/// <param name="wanted">How many are to be open.</param>
/// <param name="time">What time is measured with.</param>
/// <param name="logger">Where it is said that no more are opened.</param>
internal sealed partial class SpareSessions(
    Func<SpareSession, Task<Channel>> open, Action onReady, int wanted, TimeProvider time, ILogger logger)
    : IThreadPoolWorkItem
{
    private static readonly TimeSpan ClearingUp = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly LinkedList<SpareSession> _ready = [];
    private int _opening;
    private bool _refused;
    private bool _waiting;

    /// <summary>Gives a session to who uses it; null if none is ready.</summary>
    public Channel? Take(IChannelHandler handler)
    {
        while (true)
        {
            SpareSession spare;
            lock (_lock)
            {
                if (_ready.First is not { Value: var first }) return null;
                _ready.RemoveFirst();
                spare = first;
            }

            if (spare.TryHandOver(handler) is not { } channel) continue;

            // After the request for its program, which is waited for.
            ReadinessLoop.Post(this);
            return channel;
        }
    }

    /// <summary>
    /// A session has ended: a server that had enough of them may allow one more again, when it has cleared up.
    /// </summary>
    public void OnSessionEnded()
    {
        lock (_lock)
        {
            if (!_refused || _waiting) return;
            _waiting = true;
        }

        _ = RefillLaterAsync();
    }

    /// <summary>Opens as many as are missing. Does not wait for them.</summary>
    public void Refill()
    {
        int missing;
        lock (_lock)
        {
            if (_refused) return;
            missing = wanted - _ready.Count - _opening;
            _opening += missing;
        }

        for (; missing > 0; missing--) _ = OpenAsync();
    }

    void IThreadPoolWorkItem.Execute() => Refill();

    private async Task RefillLaterAsync()
    {
        await Task.Delay(ClearingUp, time).ConfigureAwait(false);
        lock (_lock) (_refused, _waiting) = (false, false);
        Refill();
    }

    private async Task OpenAsync()
    {
        var spare = new SpareSession(Lost);
        try
        {
            await open(spare).ConfigureAwait(false);
            lock (_lock)
            {
                _opening--;
                _ready.AddLast(spare);
            }

            onReady();
        }
        catch (SshException e)
        {
            // The server's limit, or the connection's end: who opens a session for use is told.
            LogRefused(e.Message);
            lock (_lock)
            {
                _opening--;
                _refused = true;
            }
        }
    }

    /// <summary>The server has closed one: it does not want idle ones now.</summary>
    private void Lost(SpareSession spare)
    {
        lock (_lock)
        {
            _ready.Remove(spare);
            _refused = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "no further session is opened in advance: {Reason}")]
    private partial void LogRefused(string reason);
}
