using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Reads a file of the server into one here. Each reply is written where it belongs as its bytes come, without
/// being gathered, and asks for the next piece.
/// </summary>
/// <param name="client">The session.</param>
/// <param name="file">The file to read.</param>
/// <param name="target">The file to write.</param>
/// <param name="targetName">Its name, for errors.</param>
/// <param name="offset">Where to begin.</param>
/// <param name="size">How long the file is; 0 if the server does not know (as of files in /proc): then it is read until
/// it ends.</param>
/// <param name="progress">Told of bytes that were written.</param>
internal sealed class SftpDownload(
    SftpClient client,
    SftpFile file,
    SafeFileHandle target,
    string targetName,
    long offset,
    long size,
    Action<int> progress) : SftpTransfer
{
    private const int LeastLength = 4096;

    private readonly TaskCompletionSource<long> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _sizeIsKnown = size > 0;
    private long _next = offset;
    private long _end = size > 0 ? size : long.MaxValue;
    private long _written = offset;
    private int _length = client.Limits.ReadLength;
    private bool _ended;

    /// <summary>Reads all of it; gives where it ended.</summary>
    /// <exception cref="SshException">A side failed, and said why.</exception>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(
            () => Fail(new OperationCanceledException(cancellationToken))).ConfigureAwait(false);
        lock (Gate) GoOn();
        return await _done.Task.ConfigureAwait(false);
    }

    public override bool TakesData => true;

    public override void OnReply(SftpPiece piece, byte type, ReadOnlySpan<byte> body)
    {
        if (type != SftpProtocol.Status) throw SshException.Protocol($"a reply of type {type} does not answer a read");
        lock (Gate)
        {
            OnStatus(piece, SftpCodec.DecodeStatus(body));
            GoOn();
        }
    }

    public override void OnDataBegun(SftpPiece piece, int length)
    {
        lock (Gate)
        {
            if (length == 0 || length > piece.Length)
            {
                throw SshException.Protocol($"{length} bytes came where {piece.Length} were asked for");
            }

            // A server that gives less than it is asked for is asked for that much, and for what is missing.
            if (_sizeIsKnown && length < piece.Length)
            {
                _length = Math.Clamp(length, Math.Min(LeastLength, _length), _length);
            }
        }
    }

    public override void OnData(SftpPiece piece, ReadOnlySpan<byte> data, bool isLast)
    {
        lock (Gate)
        {
            Write(piece, data);
            if (_ended || !isLast) return;
            if (piece.Length == 0 || !_sizeIsKnown)
            {
                if (!_sizeIsKnown) _next = piece.Offset;
                Finish(piece);
                GoOn();
            }
            else
            {
                client.SendRead(file, piece.Offset, piece.Length, piece);
            }
        }
    }

    public override void OnEnded(SshException reason) => Fail(reason.Again());

    private void Write(SftpPiece piece, ReadOnlySpan<byte> data)
    {
        if (_ended) return;
        if (piece.Offset + data.Length > _end)
        {
            Fail(new SshException(SshError.FileFailed, $"cannot read {file.Name}: it ended before its end"));
            return;
        }

        try
        {
            RandomAccess.Write(target, data, piece.Offset);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            Fail(SftpErrors.Local("write", targetName, e));
            return;
        }

        progress(data.Length);
        piece.Offset += data.Length;
        piece.Length -= data.Length;
        _written = Math.Max(_written, piece.Offset);
    }

    private void OnStatus(SftpPiece piece, SftpStatus status)
    {
        Finish(piece);
        if (status.Code != SftpStatusCode.Eof)
        {
            Fail(SftpErrors.From(status, $"read {file.Name}"));
            return;
        }

        _end = Math.Min(_end, piece.Offset);
        if (_written > _end)
        {
            Fail(new SshException(SshError.FileFailed, $"cannot read {file.Name}: it ended before its end"));
        }
    }

    private void GoOn()
    {
        while (!_ended && _next < _end && HasRoom(_next) && (_sizeIsKnown || IsIdle))
        {
            var length = (int)Math.Min(_length, _end - _next);
            var piece = Add(_next, length);
            _next += length;
            client.SendRead(file, piece.Offset, length, piece);
        }

        if (!_ended && IsIdle)
        {
            _ended = true;
            _done.TrySetResult(_written);
        }
    }

    private void Fail(Exception error)
    {
        lock (Gate)
        {
            _ended = true;
            _done.TrySetException(error);
        }
    }
}
