namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// The content of one file on its way, in many parts at once. No part is more than <see cref="Span"/> bytes ahead of
/// the first that has not arrived: of a copy that broke off everything but the last <see cref="Span"/> bytes is there.
/// </summary>
internal abstract class SftpTransfer
{
    /// <summary>In bytes; as much as a channel's window grows to.</summary>
    public const long Span = 16 * 1024 * 1024;

    private const int MaxParts = 64;

    private readonly Queue<SftpPart> _parts = new();
    private readonly Stack<SftpPart> _unused = new();

    /// <summary>Guards all that the transfer knows. Those of client and sender are taken inside it.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>Whether no part is under way.</summary>
    protected bool IsIdle => _parts.Count == 0;

    /// <summary>A reply for a part; may throw as <see cref="SftpPending.OnReply"/>.</summary>
    public abstract void OnReply(SftpPart part, byte type, ReadOnlySpan<byte> body);

    /// <summary>
    /// Whether the data of a part's reply (SSH_FXP_DATA) goes to <see cref="OnData"/> as it comes, in place of
    /// <see cref="OnReply"/>: a download's.
    /// </summary>
    public virtual bool TakesData => false;

    /// <summary>
    /// A part's reply with so many bytes of data has begun; may throw as <see cref="SftpPending.OnDataBegun"/>.
    /// </summary>
    public virtual void OnDataBegun(SftpPart part, int length) => throw new NotSupportedException();

    /// <summary>
    /// The next bytes of a part's reply, valid during the call only, and whether they are its last ones.
    /// </summary>
    public virtual void OnData(SftpPart part, ReadOnlySpan<byte> data, bool isLast) =>
        throw new NotSupportedException();

    /// <summary>The session has ended.</summary>
    public abstract void OnEnded(SshException reason);

    /// <summary>Whether a part at <paramref name="offset"/> may be sent now.</summary>
    protected bool HasRoom(long offset) =>
        !_parts.TryPeek(out var first) || (_parts.Count < MaxParts && offset - first.Offset < Span);

    /// <summary>The next part; they are made in the order of their offsets.</summary>
    protected SftpPart Add(long offset, int length)
    {
        if (!_unused.TryPop(out var part)) part = new SftpPart(this);
        part.Offset = offset;
        part.Length = length;
        part.IsDone = false;
        _parts.Enqueue(part);
        return part;
    }

    /// <summary>A part has arrived.</summary>
    protected void Finish(SftpPart part)
    {
        part.IsDone = true;
        while (_parts.TryPeek(out var first) && first.IsDone) _unused.Push(_parts.Dequeue());
    }
}
