using System.Buffers;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.DescriptorChannels;

/// <summary>
/// From an input descriptor to a channel. There is one pump: it runs, or waits for the descriptor, or is parked while the
/// channel takes nothing. Whoever unparks it starts it again, so two never run at once.
/// </summary>
internal sealed class DescriptorChannelInput : IThreadPoolWorkItem
{
    private const int BufferSize = 64 * 1024;
    private const int NotParked = 0;
    private const int Parked = 1;

    private readonly DescriptorChannel _owner;
    private readonly DescriptorReader? _reader;
    private readonly Action _pump;
    private Channel? _channel;
    private TypedKeys? _keys;
    private int _parked;
    private int _ended;

    // What was read but not taken by the channel. The buffer is only held while there is something in it.
    private byte[]? _buffer;
    private int _start;
    private int _end;

    /// <summary>Takes over the reader; null if there is no input.</summary>
    public DescriptorChannelInput(DescriptorChannel owner, DescriptorReader? reader, bool isTerminal)
    {
        _owner = owner;
        _reader = reader;
        IsTerminal = isTerminal;
        _pump = Pump;
    }

    private enum Next
    {
        Again,
        WaitForInput,
        WaitForChannel,
        Nothing,
    }

    /// <summary>Whether the descriptor is a terminal; it is still asked for its size when the input has ended.</summary>
    public bool IsTerminal { get; }

    /// <summary>Whether no more is read.</summary>
    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>The descriptor that is read; null if there is none.</summary>
    public DescriptorHandle? Handle => _reader?.Handle;

    /// <summary>How many bytes were read but not taken by the channel; nothing is locked for the number.</summary>
    public int Waiting => Math.Max(_end - _start, 0) + (_keys?.Waiting ?? 0);

    /// <summary>The present size of the terminal; null if it is none, or closed.</summary>
    public TerminalSize? TerminalSize => PtyDescription.SizeOf(IsTerminal ? _reader!.GetWindowSize() : null);

    /// <summary>The channel is open.</summary>
    public void Attach(Channel channel) => _channel = channel;

    /// <summary>Obeys escapes from now on. To be called before <see cref="Start"/>.</summary>
    public void Use(TypedKeys keys) => _keys = keys;

    /// <summary>Begins to read. Without a descriptor the channel's data ends at once.</summary>
    public void Start()
    {
        if (_channel is null || HasEnded) return;
        if (_reader is null) End(sendEof: true);
        else Pump();
    }

    /// <summary>The channel takes data again.</summary>
    public void OnWritable()
    {
        if (Interlocked.CompareExchange(ref _parked, NotParked, Parked) == NotParked) return;

        // Not here: this may be the receive loop, and there may be much to do.
        if (_start != _end) ReadinessLoop.Post(this);
        else Guarded(static self => self._reader!.WhenReadable(self._pump));
    }

    /// <summary>Reads no more keys until <see cref="Resume"/>. To be called from an escape's handler.</summary>
    public void Pause() => _keys?.Pause();

    /// <summary>Goes on reading keys.</summary>
    public void Resume()
    {
        if (_keys?.Resume() == true) ThreadPool.UnsafeQueueUserWorkItem(this, false);
    }

    /// <summary>Reads no more.</summary>
    public void End(bool sendEof)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        if (sendEof) _channel!.SendEof();

        // A terminal is still asked for its size.
        if (!IsTerminal) _reader?.Dispose();
        _owner.OnInputEnded();
    }

    /// <summary>Reads no more, and tells nobody; the descriptor stays open until <see cref="Close"/>.</summary>
    public void Abandon() => Interlocked.Exchange(ref _ended, 1);

    /// <summary>Closes the descriptor.</summary>
    public void Close() => _reader?.Dispose();

    void IThreadPoolWorkItem.Execute() => Pump();

    private void Pump() => Guarded(static self => self.PumpInput());

    private void PumpInput()
    {
        var channel = _channel!;
        Next next;
        do
        {
            _buffer ??= ArrayPool<byte>.Shared.Rent(BufferSize);
            next = Next.Again;
            for (var moved = 0; moved < DescriptorChannel.WorkPerEvent && next == Next.Again;)
            {
                next = _keys is null ? PumpOnce(channel, ref moved) : PumpTyped(channel, _keys, ref moved);
            }

            if (_start == _end && _keys is null or { IsEmpty: true })
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = null;
            }
        }
        while (next == Next.WaitForChannel && !Park(channel));

        // What is in the buffer already makes no descriptor readable.
        if (next == Next.Again && _keys is { IsEmpty: false }) ReadinessLoop.Post(this);
        else if (next is Next.Again or Next.WaitForInput) _reader!.WhenReadable(_pump);
    }

    private Next PumpOnce(Channel channel, ref int moved)
    {
        var next = Next.Again;
        if (_start == _end)
        {
            if (_ended != 0) return Next.Nothing;
            var count = Read(channel, at: 0, out var waitFor, out var isEmptied);
            if (count == 0) return waitFor;
            if (isEmptied) next = Next.WaitForInput;
            _start = 0;
            _end = count;
        }

        return Send(channel, ref moved) ? next : Next.WaitForChannel;
    }

    private Next PumpTyped(Channel channel, TypedKeys keys, ref int moved)
    {
        if (_start == _end)
        {
            if (_ended != 0 || keys.IsPaused()) return Next.Nothing;
            if (keys.IsEmpty)
            {
                var count = Read(channel, at: TypedKeys.Start, out var waitFor, out var isEmptied);
                if (count == 0) return waitFor;
                keys.Add(count, isEmptied);
            }

            _start = 0;
            _end = keys.Filter(_buffer);
        }

        var allSent = Send(channel, ref moved);
        keys.HandleDue(allSent);
        if (!allSent) return Next.WaitForChannel;
        return keys.IsEmpty && keys.IsInputEmptied ? Next.WaitForInput : Next.Again;
    }

    /// <summary>Reads as much as the channel takes into the buffer; gives what to wait for if that is nothing.</summary>
    private int Read(Channel channel, int at, out Next waitFor, out bool isEmptied)
    {
        isEmptied = false;
        waitFor = Next.WaitForChannel;
        var allowance = Math.Min(channel.SendAllowance, BufferSize - at);
        if (allowance == 0) return 0;
        var count = _reader!.Read(_buffer.AsSpan(at, allowance));
        if (count > 0)
        {
            isEmptied = count < allowance && _reader.ShortReadMeansEmpty;
            return count;
        }

        waitFor = count == DescriptorReader.WouldBlock ? Next.WaitForInput : Next.Nothing;
        if (count == 0) End(sendEof: true);
        return 0;
    }

    private bool Send(Channel channel, ref int moved)
    {
        var sent = channel.TrySend(_buffer.AsSpan(_start.._end));
        _start += sent;
        moved += sent;
        return _start == _end;
    }

    /// <summary>False if the channel takes something again meanwhile: then the pump goes on.</summary>
    private bool Park(Channel channel)
    {
        Interlocked.Exchange(ref _parked, Parked);
        return channel.SendAllowance == 0
            || Interlocked.CompareExchange(ref _parked, NotParked, Parked) == NotParked;
    }

    private void Guarded(Action<DescriptorChannelInput> action)
    {
        // A failure of this channel's descriptors must end neither the connection nor the readiness thread.
        try
        {
            action(this);
        }
        catch (Exception e)
        {
            _owner.FailBecauseOf(e);
        }
    }
}
