using System.Security.Cryptography;

namespace SshMux.PowerShell.Running;

/// <summary>
/// What comes through the pipeline, for the standard input of any number of commands, each at its own pace. It is kept
/// only until the slowest command has it, and the pipeline waits when that one falls too far behind. Commands that have
/// not been started yet (because of -ThrottleLimit) make nobody wait, so for them everything is kept.
/// </summary>
internal sealed class SharedInput(int limit = 1024 * 1024)
{
    private const int BlockSize = 32 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<Block> _blocks = new();
    private readonly List<SharedInputReader> _readers = [];
    private TaskCompletionSource? _changed;
    private long _end;

    // Up to there is room whatever the readers do, as long as no other one starts.
    private long _roomUntil;
    private bool _complete;

    /// <summary>A reader of all input from the beginning; open it before the first input comes.</summary>
    public SharedInputReader OpenReader()
    {
        var reader = new SharedInputReader(this);
        lock (_lock) _readers.Add(reader);
        return reader;
    }

    /// <summary>
    /// Adds input that is wiped as soon as all readers have it, or none is left: the array itself, which is the caller's
    /// no longer. Gives what <see cref="Append"/> gives.
    /// </summary>
    public bool AppendSecret(byte[] data)
    {
        TaskCompletionSource? changed;
        bool hasRoom;
        lock (_lock)
        {
            if (_readers.Count == 0)
            {
                CryptographicOperations.ZeroMemory(data);
                return true;
            }

            _blocks.AddLast(new Block(_end, data));
            _end += data.Length;
            hasRoom = HasRoomLocked();
            changed = _changed;
            _changed = null;
        }

        changed?.SetResult();
        return hasRoom;
    }

    /// <summary>
    /// Adds input; does not wait for room. Gives whether there is room for more; if not, wait for it.
    /// </summary>
    public bool Append(ReadOnlySpan<byte> data)
    {
        TaskCompletionSource? changed;
        bool hasRoom;
        lock (_lock)
        {
            if (_readers.Count == 0) return true;
            while (!data.IsEmpty)
            {
                if (_blocks.Last is not { Value.Room: > 0 } last) last = _blocks.AddLast(new Block(_end, BlockSize));
                var count = last.Value.Append(data);
                data = data[count..];
                _end += count;
            }

            // Looking at all readers for each line would take longer than all else.
            hasRoom = _end < _roomUntil || HasRoomLocked();
            changed = _changed;
            _changed = null;
        }

        changed?.SetResult();
        return hasRoom;
    }

    /// <summary>No more input follows.</summary>
    public void Complete()
    {
        lock (_lock) _complete = true;
        Notify();
    }

    /// <summary>Completes when more input can be taken.</summary>
    public async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (!HasRoom(out var changed)) await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask<int> ReadAsync(
        SharedInputReader reader, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            int count;
            lock (_lock)
            {
                count = CopyFrom(reader.Position, buffer.Span);
                if (count == 0)
                {
                    if (_complete) return 0;
                    changed = Changed();
                }
                else
                {
                    changed = Task.CompletedTask;
                    reader.Position += count;
                    Trim();
                }
            }

            if (count > 0)
            {
                Notify();
                return count;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal void Started(SharedInputReader reader)
    {
        lock (_lock)
        {
            reader.IsStarted = true;
            _roomUntil = 0;
        }

        Notify();
    }

    internal void Remove(SharedInputReader reader)
    {
        lock (_lock)
        {
            _readers.Remove(reader);
            Trim();
        }

        Notify();
    }

    private bool HasRoom(out Task changed)
    {
        lock (_lock)
        {
            var hasRoom = HasRoomLocked();
            changed = hasRoom ? Task.CompletedTask : Changed();
            return hasRoom;
        }
    }

    private bool HasRoomLocked()
    {
        var pace = _readers.Exists(reader => reader.IsStarted)
            ? _readers.Where(reader => reader.IsStarted)
            : _readers;
        var slowest = pace.Min(reader => (long?)reader.Position).GetValueOrDefault(_end);
        _roomUntil = slowest + limit;
        return _end < _roomUntil;
    }

    private int CopyFrom(long position, Span<byte> buffer)
    {
        for (var node = _blocks.First; node is not null; node = node.Next)
        {
            if (position < node.Value.End) return node.Value.Copy(position, buffer);
        }

        return 0;
    }

    private void Trim()
    {
        var position = _readers.Count == 0 ? _end : _readers.Min(reader => reader.Position);
        // The last block may be the place of the next input.
        while (_blocks.First is { } first && first.Value.End <= position
            && (first.Value.Room == 0 || first.Next is not null))
        {
            first.Value.Wipe();
            _blocks.RemoveFirst();
        }
    }

    private Task Changed()
    {
        _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _changed.Task;
    }

    private void Notify()
    {
        TaskCompletionSource? changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = null;
        }

        changed?.SetResult();
    }

    private sealed class Block(long start, int size)
    {
        private readonly byte[] _data = new byte[size];
        private readonly bool _isSecret;
        private int _used;

        /// <summary>A secret, and no room for anything else.</summary>
        public Block(long start, byte[] secret)
            : this(start, 0)
        {
            _data = secret;
            _used = secret.Length;
            _isSecret = true;
        }

        public long End => start + _used;

        public int Room => _data.Length - _used;

        public void Wipe()
        {
            if (_isSecret) CryptographicOperations.ZeroMemory(_data);
        }

        public int Append(ReadOnlySpan<byte> data)
        {
            var count = Math.Min(Room, data.Length);
            data[..count].CopyTo(_data.AsSpan(_used));
            _used += count;
            return count;
        }

        public int Copy(long position, Span<byte> buffer)
        {
            var data = _data.AsSpan((int)(position - start).._used);
            var count = Math.Min(data.Length, buffer.Length);
            data[..count].CopyTo(buffer);
            return count;
        }
    }
}
