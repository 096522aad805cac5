using SshMux.Engine.Mux.Protocol.Extensions;

namespace SshMux.PowerShell.Objects;

/// <summary>What a master tells without being asked: the event argument of a master's Notice.</summary>
public sealed class MasterNoticeEventArgs : EventArgs
{
    private readonly MuxNotice _notice;

    internal MasterNoticeEventArgs(Master master, MuxNotice notice)
    {
        Master = master;
        _notice = notice;
    }

    /// <summary>The master.</summary>
    public Master Master { get; }

    /// <summary>When it came.</summary>
    public DateTime Time { get; } = DateTime.Now;

    /// <summary>
    /// What it is about: ConnectionTrouble, ConnectionRestored, ForwardFailed, HostKey, Ending, QuestionWaits, LockWaits, or
    /// a number of a later version.
    /// </summary>
    public string Kind => _notice.Kind.ToString();

    /// <summary>What it says, in one line.</summary>
    public string Text => _notice.Text;

    /// <summary>Whether something does not work, or will not any more.</summary>
    internal bool IsWarning => _notice.Kind
        is MuxNoticeKind.ConnectionTrouble or MuxNoticeKind.ForwardFailed or MuxNoticeKind.Ending;

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
