using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Transport;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// What a channel's data is written to. Data goes straight to the descriptor; only what that does not take is kept, and
/// the peer's window bounds it.
/// </summary>
internal sealed class DescriptorChannelOutput : IDeliveryHandler
{
    private readonly Lock _lock = new();
    private readonly ByteQueue _queue = new();
    private readonly GatheredData _gathered = new();
    private readonly DescriptorChannel _owner;
    private readonly DescriptorWriter _writer;
    private readonly bool _shutDown;
    private readonly Action _onWritable;
    private State _state;
    private bool _ending;
    private bool _waiting;
    private bool _held;
    private TaskCompletionSource? _heldAtLast;

    public DescriptorChannelOutput(DescriptorChannel owner, DescriptorWriter writer, bool shutDown)
    {
        _owner = owner;
        _writer = writer;
        _shutDown = shutDown;
        _onWritable = OnWritable;
    }

    private enum State
    {
        Open,

        /// <summary>The reader is gone; what comes is dropped.</summary>
        Broken,

        /// <summary>All is written and the descriptor closed.</summary>
        Finished,
    }

    private enum Event
    {
        None,
        Broken,
        Finished,
    }

    /// <summary>Whether nothing is written any more: all of it was, or nobody reads it.</summary>
    public bool IsFinished
    {
        get { lock (_lock) return _state != State.Open; }
    }

    /// <summary>How many bytes are kept because the descriptor does not take them yet.</summary>
    public int Waiting
    {
        get { lock (_lock) return _queue.Length; }
    }

    /// <summary>The descriptor that is written.</summary>
    public DescriptorHandle Handle => _writer.Handle;

    /// <summary>Whether what it writes to is a socket, and no pipe, file or terminal.</summary>
    public bool IsSocket => _writer.IsSocket;

    /// <summary>Takes data from the channel.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        var consumed = 0;
        var dropped = 0;
        var happened = Event.None;
        lock (_lock)
        {
            if (_state == State.Open && TryGather(data))
            {
                if (_gathered.IsEnough) happened = WriteGathered(ref consumed);
            }
            else
            {
                if (_state == State.Open) happened = WriteGathered(ref consumed);
                if (_state == State.Open) happened = WriteNow(data, ref consumed, ref dropped);
                else dropped = data.Length;
            }
        }

        Report(consumed + dropped, dropped, happened);
    }

    /// <summary>No more data follows; the descriptor is closed once everything is written.</summary>
    public void End()
    {
        var consumed = 0;
        var happened = Event.None;
        lock (_lock)
        {
            _ending = true;
            if (_state == State.Open) happened = WriteGathered(ref consumed);
            if (_state == State.Open) happened = FinishIfWritten();
        }

        Report(consumed, 0, happened);
    }

    /// <summary>
    /// Keeps what comes and writes nothing until <see cref="Release"/>. Completes when what was being written is.
    /// </summary>
    public Task HoldAsync()
    {
        lock (_lock)
        {
            _held = true;
            if (_state != State.Open || _writer.IsIdle) return Task.CompletedTask;
            _heldAtLast = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Wait();
            return _heldAtLast.Task;
        }
    }

    /// <summary>Goes on writing, first what was kept.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _held = false;
            if (_state == State.Open && (_queue.Length != 0 || _ending)) Wait();
        }
    }

    /// <summary>Closes the descriptor at once and drops what waits.</summary>
    public void Abort()
    {
        lock (_lock)
        {
            _state = State.Finished;
            _heldAtLast?.TrySetResult();
            _gathered.Clear();
            _queue.Clear();
            _writer.Dispose();
        }
    }

    /// <summary>Writes what was gathered.</summary>
    public void Flush()
    {
        // Only who delivers data gathers it, and calls this.
        if (_gathered.IsEmpty) return;
        try
        {
            var consumed = 0;
            var happened = Event.None;
            lock (_lock)
            {
                if (_state == State.Open) happened = WriteGathered(ref consumed);
            }

            Report(consumed, 0, happened);
        }
        catch (Exception e)
        {
            _owner.FailBecauseOf(e);
        }
    }

    void IDeliveryHandler.OnDelivered() => Flush();

    private void OnWritable()
    {
        try
        {
            WriteQueued();
        }
        catch (Exception e)
        {
            _owner.FailBecauseOf(e);
        }
    }

    private void WriteQueued()
    {
        var consumed = 0;
        var happened = Event.None;
        lock (_lock)
        {
            _waiting = false;
            if (_state != State.Open) return;
            if (_held && !_writer.IsIdle) Wait();
            else _heldAtLast?.TrySetResult();
            while (!_held && _queue.Length != 0 && consumed < DescriptorChannel.WorkPerEvent)
            {
                var count = _writer.Write(_queue.First);
                if (count == DescriptorWriter.Broken) happened = Break(ref consumed);
                if (count < 0) break;
                _queue.Advance(count);
                consumed += count;
            }

            if (_held) return;
            if (_state == State.Open && _queue.Length != 0) Wait();
            else if (_state == State.Open && _ending) happened = FinishIfWritten();
        }

        Report(consumed, 0, happened);
    }

    /// <summary>Leaves data where it is, to be written with what follows it.</summary>
    private bool TryGather(ReadOnlySpan<byte> data)
    {
        if (!_writer.Gathers || _held || _queue.Length != 0 || !_gathered.IsWorth(data.Length)) return false;
        if (!_owner.TryKeep(data, this)) return false;
        _gathered.Add(data);
        return true;
    }

    /// <summary>Writes what was gathered; what the descriptor does not take is queued.</summary>
    private Event WriteGathered(ref int consumed)
    {
        if (_held)
        {
            _gathered.MoveTo(_queue);
            return Event.None;
        }

        if (!_gathered.TryWrite(_writer, _queue, ref consumed)) return Break(ref consumed);
        if (_queue.Length != 0) Wait();
        return Event.None;
    }

    private Event WriteNow(ReadOnlySpan<byte> data, ref int consumed, ref int dropped)
    {
        var happened = Event.None;
        while (!_held && _queue.Length == 0 && !data.IsEmpty)
        {
            var count = _writer.Write(data);
            if (count == DescriptorWriter.Broken) happened = Break(ref consumed);
            if (count < 0) break;
            consumed += count;
            data = data[count..];
        }

        if (_state != State.Open)
        {
            dropped = data.Length;
        }
        else if (!data.IsEmpty)
        {
            _queue.Append(data);
            if (!_held) Wait();
        }

        return happened;
    }

    private Event FinishIfWritten()
    {
        if (_queue.Length != 0 || !_writer.IsIdle)
        {
            Wait();
            return Event.None;
        }

        // What was taken last may have failed afterwards (a full disk).
        var failed = _writer.Failure != 0;
        _state = State.Finished;
        if (_shutDown) _writer.ShutDown();
        _writer.Dispose();
        return failed ? Event.Broken : Event.Finished;
    }

    private Event Break(ref int consumed)
    {
        _state = State.Broken;
        consumed += _gathered.Clear() + _queue.Clear();
        _writer.Dispose();
        return Event.Broken;
    }

    private void Wait()
    {
        if (_waiting) return;
        _waiting = true;
        _writer.WhenWritable(_onWritable);
    }

    private void Report(int consumed, int dropped, Event happened)
    {
        if (consumed != 0) _owner.OnOutputConsumed(this, consumed, dropped);
        if (happened == Event.Broken) _owner.OnOutputBroken(this);
        if (happened != Event.None) _owner.OnOutputFinished();
    }
}
