namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// The content of one file on its way, in many pieces at once. No piece is more than <see cref="Span"/> bytes ahead of
/// the first that has not arrived: of a copy that broke off everything but the last <see cref="Span"/> bytes is there.
/// </summary>
internal abstract class SftpTransfer
{
    /// <summary>In bytes; as much as a channel's window grows to.</summary>
    public const long Span = 16 * 1024 * 1024;

    private const int MaxPieces = 64;

    private readonly Queue<SftpPiece> _pieces = new();
    private readonly Stack<SftpPiece> _unused = new();

    /// <summary>Guards all that the transfer knows. Those of client and sender are taken inside it.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>Whether no piece is under way.</summary>
    protected bool IsIdle => _pieces.Count == 0;

    /// <summary>A reply for a piece; may throw as <see cref="SftpPending.OnReply"/>.</summary>
    public abstract void OnReply(SftpPiece piece, byte type, ReadOnlySpan<byte> body);

    /// <summary>
    /// Whether the data of a piece's reply (SSH_FXP_DATA) goes to <see cref="OnData"/> as it comes, in place of
    /// <see cref="OnReply"/>: a download's.
    /// </summary>
    public virtual bool TakesData => false;

    /// <summary>
    /// A piece's reply with so many bytes of data has begun; may throw as <see cref="SftpPending.OnDataBegun"/>.
    /// </summary>
    public virtual void OnDataBegun(SftpPiece piece, int length) => throw new NotSupportedException();

    /// <summary>
    /// The next bytes of a piece's reply, valid during the call only, and whether they are its last ones.
    /// </summary>
    public virtual void OnData(SftpPiece piece, ReadOnlySpan<byte> data, bool isLast) =>
        throw new NotSupportedException();

    /// <summary>The session has ended.</summary>
    public abstract void OnEnded(SshException reason);

    /// <summary>Whether a piece at <paramref name="offset"/> may be sent now.</summary>
    protected bool HasRoom(long offset) =>
        !_pieces.TryPeek(out var first) || (_pieces.Count < MaxPieces && offset - first.Offset < Span);

    /// <summary>The next piece; they are made in the order of their offsets.</summary>
    protected SftpPiece Add(long offset, int length)
    {
        if (!_unused.TryPop(out var piece)) piece = new SftpPiece(this);
        piece.Offset = offset;
        piece.Length = length;
        piece.IsDone = false;
        _pieces.Enqueue(piece);
        return piece;
    }

    /// <summary>A piece has arrived.</summary>
    protected void Finish(SftpPiece piece)
    {
        piece.IsDone = true;
        while (_pieces.TryPeek(out var first) && first.IsDone) _unused.Push(_pieces.Dequeue());
    }
}
