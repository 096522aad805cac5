using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Transport;

/// <summary>
/// The ticks of <see cref="KeystrokeTiming"/> by the system's clock, and what leaves at them. Its methods are called
/// with the sender's lock held.
/// </summary>
/// <param name="interval">The time between two ticks, about.</param>
/// <param name="lock">The sender's.</param>
/// <param name="queue">What is to leave.</param>
/// <param name="loop">Has it written.</param>
/// <param name="extensions">What the server announces.</param>
/// <param name="logger">Where to say what happens.</param>
internal sealed partial class KeystrokeClock(
    TimeSpan interval, Lock @lock, PacketQueue queue, SendLoop loop, ExtensionInfo extensions, ILogger logger)
    : IDisposable
{
    private readonly KeystrokeTiming _timing = new(interval);
    private Timer? _timer;

    /// <summary><see cref="KeystrokeTiming.IsUseful"/>; what waits leaves with the next tick, the last one.</summary>
    public bool IsUseful
    {
        get => _timing.IsUseful;
        set => _timing.IsUseful = value;
    }

    /// <inheritdoc cref="KeystrokeTiming.Holds"/>
    public bool Holds => _timing.Holds;

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <summary>Channel data is in the queue.</summary>
    public void OnData()
    {
        if (!_timing.IsUseful || !_timing.OnData(queue.Unsent, Now)) return;
        _timer ??= new Timer(static clock => ((KeystrokeClock)clock!).OnTick(), this, Timeout.Infinite, 0);
        Arm();
    }

    /// <inheritdoc cref="KeystrokeTiming.OnSent"/>
    public void OnSent() => _timing.OnSent();

    /// <inheritdoc cref="KeystrokeTiming.Stop"/>
    public void Stop() => _timing.Stop();

    /// <summary>No tick comes any more.</summary>
    public void Dispose() => _timer?.Dispose();

    private void Arm() => _timer!.Change(_timing.Wait(Now), Timeout.InfiniteTimeSpan);

    private void OnTick()
    {
        int chaff;
        var isOver = false;
        lock (@lock)
        {
            if (loop.IsClosed || !_timing.IsActive) return;
            switch (_timing.OnTick(queue.Unsent, Now))
            {
                case KeystrokeTiming.Turn.Stop:
                    isOver = true;
                    break;
                case KeystrokeTiming.Turn.Chaff:
                    // A server that would not answer it gets none; its user's keys are in step all the same.
                    if (extensions.HasPing) queue.Add(new PingMessage("PING!"u8));
                    Arm();
                    break;
                default:
                    Arm();
                    break;
            }

            chaff = _timing.ChaffCount;
        }

        loop.Flush();
        if (isOver) LogKeystrokesHidden(chaff);
    }

    [LoggerMessage(
        Level = LogLevel.Trace, Message = "nobody types any more ({Count} chaff packets for ObscureKeystrokeTiming)")]
    private partial void LogKeystrokesHidden(int count);
}
