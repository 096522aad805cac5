using System.Buffers;
using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.DescriptorChannels;

// From the input descriptor to the channel. There is one pump: it runs, or waits for the descriptor, or is parked while the
// channel takes nothing. Whoever unparks it starts it again, so two never run at once.
public sealed partial class DescriptorChannel : IThreadPoolWorkItem
{
    private const int NotParked = 0;
    private const int Parked = 1;

    private int _parked;

    // What was read but not taken by the channel. The buffer is only held while there is something in it.
    private byte[]? _buffer;
    private int _start;
    private int _end;

    private enum Next
    {
        Again,
        WaitForInput,
        WaitForChannel,
        Nothing,
    }

    /// <summary>
    /// Begins to send what comes from standard input, once the program was started. What is there already, or that there
    /// is nothing, goes out with the request for the program.
    /// </summary>
    public void StartInput()
    {
        if (_channel is null || _inputEnded != 0) return;
        if (_input is null) EndInput(sendEof: true);
        else Pump();
    }

    void IChannelHandler.OnWritable()
    {
        if (Interlocked.CompareExchange(ref _parked, NotParked, Parked) == NotParked) return;

        // Not here: this may be the receive loop, and there may be much to do.
        if (_start != _end) ReadinessLoop.Shared.Post(this);
        else Guarded(static self => self._input!.WhenReadable(self._pump));
    }

    void IChannelHandler.OnPeerStoppedReading() => EndInput(sendEof: false);

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
            for (var moved = 0; moved < WorkPerEvent && next == Next.Again;) next = PumpOnce(channel, ref moved);
            if (_start == _end && _typedStart == _typedEnd)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = null;
            }
        }
        while (next == Next.WaitForChannel && !Park(channel));

        // What is in the buffer already makes no descriptor readable.
        if (next == Next.Again && _typedStart != _typedEnd) ReadinessLoop.Shared.Post(this);
        else if (next is Next.Again or Next.WaitForInput) _input!.WhenReadable(_pump);
    }

    private Next PumpOnce(Channel channel, ref int moved)
    {
        if (_filter is not null) return PumpTyped(channel, ref moved);
        var next = Next.Again;
        if (_start == _end)
        {
            if (_inputEnded != 0) return Next.Nothing;
            var allowance = Math.Min(channel.SendAllowance, BufferSize);
            if (allowance == 0) return Next.WaitForChannel;
            var count = _input!.Read(_buffer.AsSpan(0, allowance));
            if (count == DescriptorReader.WouldBlock) return Next.WaitForInput;
            if (count == 0)
            {
                EndInput(sendEof: true);
                return Next.Nothing;
            }

            if (count < allowance && _input.ShortReadMeansEmpty) next = Next.WaitForInput;
            _start = 0;
            _end = count;
        }

        var sent = channel.TrySend(_buffer.AsSpan(_start.._end));
        _start += sent;
        moved += sent;
        return _start == _end ? next : Next.WaitForChannel;
    }

    /// <summary>False if the channel takes something again meanwhile: then the pump goes on.</summary>
    private bool Park(Channel channel)
    {
        Interlocked.Exchange(ref _parked, Parked);
        return channel.SendAllowance == 0
            || Interlocked.CompareExchange(ref _parked, NotParked, Parked) == NotParked;
    }

    private void EndInput(bool sendEof)
    {
        if (Interlocked.Exchange(ref _inputEnded, 1) != 0) return;
        if (sendEof) _channel!.SendEof();

        // A terminal is still asked for its size.
        if (_input is not null && !_isTerminal) _input.Dispose();
        CloseIfDone();
    }
}
