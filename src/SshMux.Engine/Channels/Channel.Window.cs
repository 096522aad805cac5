using System.Diagnostics;
using SshMux.Engine.Channels.Messages;

namespace SshMux.Engine.Channels;

// The window that the peer may send into, and how it grows.
public sealed partial class Channel
{
    /// <summary>How many bytes may be on their way to us, or kept for a slow reader, at first.</summary>
    internal const int InitialWindow = 2 * 1024 * 1024;

    /// <summary>How far that may grow, where the path is long and the reader fast.</summary>
    internal const int MaxWindow = 16 * 1024 * 1024;

    /// <summary>
    /// The largest data message that we ask the peer to send. A packet costs both sides much the same whatever its
    /// length, so they are long; sshd(8) fills them as far as its program writes fast enough.
    /// </summary>
    internal const int MaxPacket = 128 * 1024;

    private int _windowSize = InitialWindow;
    private int _receiveWindow = InitialWindow;
    private int _consumed;
    private long _adjusted;

    /// <summary>
    /// Says that <paramref name="bytes"/> of received data have left for good, so that the peer may send as many more
    /// (SSH_MSG_CHANNEL_WINDOW_ADJUST). May be called from any thread.
    /// </summary>
    public void Consumed(int bytes)
    {
        NoteUsed();

        // Fewer, larger adjustments: one for every eighth of the window.
        if (Interlocked.Add(ref _consumed, bytes) < Volatile.Read(ref _windowSize) / 8) return;
        lock (_sendLock)
        {
            var adjustment = Interlocked.Exchange(ref _consumed, 0);
            if (adjustment == 0 || _closeSent) return;
            adjustment += GrowWindow(adjustment);
            Interlocked.Add(ref _receiveWindow, adjustment);
            _transport.Send(new ChannelWindowAdjustMessage(RemoteId, (uint)adjustment));
        }
    }

    /// <summary>
    /// The window should hold twice what the reader takes in the time of a round trip: what is on its way here, and what
    /// the peer may send before it hears that the first of that was taken. A window that is too small for the path
    /// doubles with each adjustment; a slow reader's, or one on a short path, stays as it is.
    /// </summary>
    /// <returns>By how many bytes it has grown; the send lock is held.</returns>
    private int GrowWindow(int consumed)
    {
        var now = Stopwatch.GetTimestamp();
        var elapsed = now - _adjusted;
        _adjusted = now;
        if (_windowSize >= MaxWindow || elapsed <= 0) return 0;
        var perRoundTrip = (double)consumed * _transport.RoundTrip.Ticks / Stopwatch.GetElapsedTime(0, elapsed).Ticks;
        if (2 * perRoundTrip <= _windowSize) return 0;
        var more = Math.Min(_windowSize, MaxWindow - _windowSize);
        Volatile.Write(ref _windowSize, _windowSize + more);
        return more;
    }
}
