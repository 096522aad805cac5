using System.Diagnostics;

namespace SshMux.Engine.Channels;

/// <summary>The window that the peer may send into (RFC 4254 section 5.2), and how it grows. In bytes.</summary>
internal sealed class ReceiveWindow
{
    /// <summary>How many bytes may be on their way to us, or kept for a slow reader, at first.</summary>
    public const int InitialSize = 2 * 1024 * 1024;

    /// <summary>How far that may grow, where the path is long and the reader fast.</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    /// <summary>
    /// The largest data message that we ask the peer to send. A packet costs both sides much the same whatever its
    /// length, so they are long; sshd(8) fills them as far as its program writes fast enough.
    /// </summary>
    public const int MaxPacket = 128 * 1024;

    private int _size = InitialSize;
    private int _left = InitialSize;
    private int _consumed;
    private long _adjusted;

    /// <summary>The peer has sent so much. Called on the receive loop alone.</summary>
    /// <exception cref="SshException"><see cref="SshError.ProtocolError"/>: it is more than the window allowed.</exception>
    public void Take(int bytes)
    {
        if (Interlocked.Add(ref _left, -bytes) < 0)
        {
            throw SshException.Protocol("the server sent more data on a channel than its window allows");
        }
    }

    /// <summary>
    /// So much has left for good. Gives whether an adjustment is due, one for every eighth of the window: fewer, larger
    /// ones. May be called from any thread.
    /// </summary>
    public bool NoteConsumed(int bytes) =>
        Interlocked.Add(ref _consumed, bytes) >= Volatile.Read(ref _size) / 8;

    /// <summary>
    /// How many bytes the peer is to be allowed by SSH_MSG_CHANNEL_WINDOW_ADJUST, and is from now on; none if another thread
    /// was faster. Called under the lock that orders the adjustments.
    /// </summary>
    /// <param name="roundTrip">How long the path takes there and back.</param>
    /// <param name="isClosed">Whether nothing can be told to the peer any more.</param>
    public int TakeAdjustment(TimeSpan roundTrip, bool isClosed)
    {
        var adjustment = Interlocked.Exchange(ref _consumed, 0);
        if (adjustment == 0 || isClosed) return 0;
        adjustment += Grow(adjustment, roundTrip);
        Interlocked.Add(ref _left, adjustment);
        return adjustment;
    }

    /// <summary>
    /// The window should hold twice what the reader takes in the time of a round trip: what is on its way here, and what
    /// the peer may send before it hears that the first of that was taken. A window that is too small for the path
    /// doubles with each adjustment; a slow reader's, or one on a short path, stays as it is.
    /// </summary>
    /// <returns>By how many bytes it has grown.</returns>
    private int Grow(int consumed, TimeSpan roundTrip)
    {
        var now = Stopwatch.GetTimestamp();
        var elapsed = now - _adjusted;
        _adjusted = now;
        if (_size >= MaxSize || elapsed <= 0) return 0;
        var perRoundTrip = (double)consumed * roundTrip.Ticks / Stopwatch.GetElapsedTime(0, elapsed).Ticks;
        if (2 * perRoundTrip <= _size) return 0;
        var more = Math.Min(_size, MaxSize - _size);
        Volatile.Write(ref _size, _size + more);
        return more;
    }
}
