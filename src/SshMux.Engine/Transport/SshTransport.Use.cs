using System.Diagnostics;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Transport;

/// <content>What depends on whether somebody types: the class of packets (IPQoS), and when they leave.</content>
internal sealed partial class SshTransport
{
    private readonly KeystrokeTiming? _timing; // under the send lock
    private Timer? _timingTimer; // under the send lock
    private bool _isInteractive = true; // under the send lock

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    /// <inheritdoc/>
    public void NoteUse(bool hasTerminals, bool isInteractive)
    {
        lock (_sendLock)
        {
            // What waits leaves with the next tick, the last one.
            if (_timing is not null) _timing.IsUseful = hasTerminals && isInteractive;
            if (_isInteractive == isInteractive) return;
            _isInteractive = isInteractive;
            var classes = _options.ServiceClasses;
            (_stream as SocketStream)?.SetServiceClass(isInteractive ? classes.Interactive : classes.Bulk);
        }
    }

    /// <summary>Channel data is in the queue; the send lock is held.</summary>
    private void OnDataQueued()
    {
        if (_timing is not { IsUseful: true } || !_timing.OnData(_queue.Unsent, Now)) return;
        _timingTimer ??= new Timer(static transport => ((SshTransport)transport!).OnTick(), this, Timeout.Infinite, 0);
        ArmTimer();
    }

    private void ArmTimer() => _timingTimer!.Change(_timing!.Wait(Now), Timeout.InfiniteTimeSpan);

    private void OnTick()
    {
        int chaff;
        var isOver = false;
        lock (_sendLock)
        {
            if (_sendClosed || _timing is not { IsActive: true }) return;
            switch (_timing.OnTick(_queue.Unsent, Now))
            {
                case KeystrokeTiming.Turn.Stop:
                    isOver = true;
                    break;
                case KeystrokeTiming.Turn.Chaff:
                    // A server that would not answer it gets none; its user's keys are in step with the clock all the same.
                    if (ServerExtensions.ContainsKey(ExtensionInfo.Ping)) EncodePacket(new PingMessage("PING!"u8));
                    ArmTimer();
                    break;
                default:
                    ArmTimer();
                    break;
            }

            chaff = _timing.ChaffCount;
        }

        Flush();
        if (isOver) Log.KeystrokesHidden(_logger, chaff);
    }
}
