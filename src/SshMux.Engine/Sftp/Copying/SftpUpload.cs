using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Writes a file of this machine into one of the server. It is read straight into the packets that carry it, as many of
/// which are under way as <see cref="SftpTransfer"/> allows. The packets go out over all sessions that there are.
/// </summary>
/// <param name="lanes">The sessions.</param>
/// <param name="file">The file to write, as the first of them has it open.</param>
/// <param name="join">Opens it in another one, too; null if only one may write it.</param>
/// <param name="source">The file to read.</param>
/// <param name="sourceName">Its name, for errors.</param>
/// <param name="offset">Where to begin.</param>
/// <param name="size">How long the file is; 0 if that is not known: then it is read until it ends.</param>
/// <param name="progress">Told of bytes that the server has written.</param>
internal sealed class SftpUpload(
    SftpLanes lanes,
    SftpFile file,
    Func<SftpClient, Task<SftpFile>>? join,
    SafeFileHandle source,
    string sourceName,
    long offset,
    long size,
    Action<int> progress) : SftpTransfer
{
    // With less than this left, another session would come too late.
    private const long LeastToJoin = 8 * 1024 * 1024;

    private readonly List<SftpLane> _lanes = [new(lanes.Clients[0], file)];
    private readonly List<Task<SftpLane?>> _joining = [];
    private int _asked = 1;
    private TaskCompletionSource? _changed;
    private SshException? _error;

    /// <summary>Whether several sessions have written it.</summary>
    public bool IsShared => _lanes.Count > 1;

    /// <summary>Writes all of it; gives where it ended.</summary>
    /// <exception cref="SshException">A side failed, and said why.</exception>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var next = offset;
        try
        {
            while (size <= 0 || next < size)
            {
                await WaitAsync(() => HasRoom(next), cancellationToken).ConfigureAwait(false);
                if (join is not null && size - next >= LeastToJoin) Join(join);
                var lane = LeastLoaded();
                await lane.Client.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
                var count = Send(lane, next);
                if (count == 0) break;
                next += count;
            }

            await WaitAsync(() => IsIdle, cancellationToken).ConfigureAwait(false);
            return next;
        }
        finally
        {
            // The first is the caller's to close. What another one still opens is closed as soon as it is.
            foreach (var lane in _lanes[1..]) lane.Client.CloseSoon(lane.File);
            foreach (var joining in _joining) _ = LeaveAsync(joining);
        }
    }

    public override void OnReply(SftpPiece piece, byte type, ReadOnlySpan<byte> body)
    {
        if (type != SftpProtocol.Status) throw SshException.Protocol($"a reply of type {type} does not answer a write");
        var status = SftpCodec.DecodeStatus(body);
        TaskCompletionSource? changed;
        lock (Gate)
        {
            if (status.Code == SftpStatusCode.Ok) progress(piece.Length);
            else _error ??= SftpErrors.From(status, $"write {file.Name}");
            piece.Lane!.UnderWay -= piece.Length;
            Finish(piece);
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

    /// <summary>Takes in the sessions that have been opened meanwhile.</summary>
    private void Join(Func<SftpClient, Task<SftpFile>> open)
    {
        var clients = lanes.Clients;
        while (_asked < clients.Count) _joining.Add(OpenAsync(clients[_asked++]));
        for (var i = _joining.Count - 1; i >= 0; i--)
        {
            if (!_joining[i].IsCompleted) continue;
            if (_joining[i].Result is { } lane) _lanes.Add(lane);
            _joining.RemoveAt(i);
        }

        async Task<SftpLane?> OpenAsync(SftpClient client)
        {
            try
            {
                return new SftpLane(client, await open(client).ConfigureAwait(false));
            }
            catch (Exception e) when (e is SshException or OperationCanceledException)
            {
                // It goes on without; whether it is canceled is seen elsewhere.
                return null;
            }
        }
    }

    private static async Task LeaveAsync(Task<SftpLane?> joining)
    {
        if (await joining.ConfigureAwait(false) is { } lane) lane.Client.CloseSoon(lane.File);
    }

    private SftpLane LeastLoaded()
    {
        lock (Gate) return _lanes.MinBy(static lane => lane.UnderWay)!;
    }

    private int Send(SftpLane lane, long at)
    {
        var header = SftpCodec.WriteHeaderLength(lane.File.Handle.Length);
        var wanted = (int)Math.Min(lane.Client.Limits.WriteLength, size > 0 ? size - at : int.MaxValue);
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

        SftpPiece piece;
        lock (Gate)
        {
            piece = Add(at, count);
            piece.Lane = lane;
            lane.UnderWay += count;
        }

        lane.Client.SendWrite(lane.File, at, buffer, header + count, piece);
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
