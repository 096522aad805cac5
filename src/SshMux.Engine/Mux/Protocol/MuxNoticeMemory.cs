using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>
/// What somebody was told lately, so that he need not read it again and again: a program that tries a dead forward once
/// a second is worth a line, not a line a second.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class MuxNoticeMemory(TimeProvider time)
{
    private const int Room = 16; // notices

    private static readonly TimeSpan Span = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Queue<(MuxNotice Notice, long Told)> _lately = [];
    private MuxNotice? _state;

    /// <summary>Whether it is worth telling; if so, it counts as told now.</summary>
    public bool IsNews(MuxNotice notice)
    {
        lock (_lock) return IsNewsNow(notice);
    }

    private bool IsNewsNow(MuxNotice notice)
    {
        // A connection's trouble and its end take turns, each time anew.
        if (notice.Kind is MuxNoticeKind.ConnectionTrouble or MuxNoticeKind.ConnectionRestored)
        {
            if (notice == _state) return false;
            _state = notice;
            return true;
        }

        // Who waits wants to know why, each time.
        if (notice.Kind is MuxNoticeKind.QuestionWaits or MuxNoticeKind.LockWaits) return true;
        while (_lately.TryPeek(out var oldest) && (_lately.Count >= Room || time.GetElapsedTime(oldest.Told) >= Span))
        {
            _lately.Dequeue();
        }

        if (_lately.Any(told => told.Notice == notice)) return false;
        _lately.Enqueue((notice, time.GetTimestamp()));
        return true;
    }
}
