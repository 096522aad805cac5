using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Sftp;

/// <summary>
/// Writes a file of this machine into one of the server. It is read straight into the packets that carry it, as many of
/// which are under way as <see cref="SftpTransfer"/> allows.
/// </summary>
/// <param name="client">The session.</param>
/// <param name="file">The file to write.</param>
/// <param name="source">The file to read.</param>
/// <param name="sourceName">Its name, for errors.</param>
/// <param name="offset">Where to begin.</param>
/// <param name="size">How long the file is; 0 if that is not known: then it is read until it ends.</param>
/// <param name="progress">Told of bytes that the server has written.</param>
internal sealed class SftpUpload(
    SftpClient client,
    SftpFile file,
    SafeFileHandle source,
    string sourceName,
    long offset,
    long size,
    Action<int> progress) : SftpTransfer
{
    private TaskCompletionSource? _changed;
    private SshException? _error;

    /// <summary>Writes all of it; gives where it ended.</summary>
    /// <exception cref="SshException">A side failed, and said why.</exception>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var next = offset;
        while (size <= 0 || next < size)
        {
            await WaitAsync(() => HasRoom(next), cancellationToken).ConfigureAwait(false);
            await client.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
            var count = Send(next);
            if (count == 0) break;
            next += count;
        }

        await WaitAsync(() => IsIdle, cancellationToken).ConfigureAwait(false);
        return next;
    }

    public override void OnReply(SftpPart part, byte type, ReadOnlySpan<byte> body)
    {
        if (type != SftpProtocol.Status) throw SshException.Protocol($"a reply of type {type} does not answer a write");
        var status = SftpCodec.DecodeStatus(body);
        TaskCompletionSource? changed;
        lock (Gate)
        {
            if (status.Code == SftpStatusCode.Ok) progress(part.Length);
            else _error ??= SftpErrors.From(status, $"write {file.Name}");
            Finish(part);
            changed = TakeChanged();
        }

        changed?.TrySetResult();
    }

    public override void OnEnded(SshException reason)
    {
        TaskCompletionSource? changed;
        lock (Gate)
        {
            _error = reason.Again();
            changed = TakeChanged();
        }

        changed?.TrySetResult();
    }

    private int Send(long at)
    {
        var header = SftpCodec.WriteHeaderLength(file.Handle.Length);
        var wanted = (int)Math.Min(client.Limits.WriteLength, size > 0 ? size - at : int.MaxValue);
        var buffer = ArrayPool<byte>.Shared.Rent(header + wanted);
        int count;
        try
        {
            count = RandomAccess.Read(source, buffer.AsSpan(header, wanted), at);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw SftpErrors.Local("read", sourceName, e);
        }

        if (count == 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return 0;
        }

        SftpPart part;
        lock (Gate) part = Add(at, count);
        client.SendWrite(file, at, buffer, header + count, part);
        return count;
    }

    private async Task WaitAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (Gate)
            {
                if (_error is not null) throw _error.Again();
                if (condition()) return;
                _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private TaskCompletionSource? TakeChanged()
    {
        var changed = _changed;
        _changed = null;
        return changed;
    }
}
