using SshMux.Engine.Channels;
using SshMux.Engine.Platform.Descriptors;

namespace SshMux.Engine.Forwarding.Socks;

/// <summary>
/// A channel at whose other end is a SOCKS client (a remote forward without a target): first its handshake, then all
/// goes to and comes from the socket that it asked for. Data that comes before that waits, bounded by the channel's
/// window.
/// </summary>
internal sealed class SocksClientChannel : IChannelHandler, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SocksHandshake _handshake = new();
    private readonly ByteQueue _early = new();
    private readonly ByteQueue _unsent = new();
    private readonly TaskCompletionSource<SocksHandshake?> _request =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private readonly TimeSpan _timeLimit;
    private Channel? _channel;
    private IChannelHandler? _ends;
    private bool _isAnswering;
    private bool _eof;
    private bool _closed;

    /// <summary>Waits for the client's request as long as <paramref name="timeLimit"/>, once the channel is open.</summary>
    public SocksClientChannel(TimeSpan timeLimit, TimeProvider time)
    {
        _timeLimit = timeLimit;
        _timer = time.CreateTimer(
            static self => ((SocksClientChannel)self!).GiveUp(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>What the client asks for; null if it asks for nothing, and the channel is closed then.</summary>
    public Task<SocksHandshake?> Request => _request.Task;

    /// <summary>Why there is no request, for a log.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>Tells the client that it is connected, and carries everything from then on.</summary>
    public async Task CarryAsync(IChannelEnds ends)
    {
        lock (_lock)
        {
            _isAnswering = true;
            if (!_closed) Send(_handshake.Answer(SocksReply.Succeeded).Span);
        }

        await _answered.Task.ConfigureAwait(false);
        if (!Attach(ends)) ends.Abort();
        await ends.Completion.ConfigureAwait(false);
    }

    /// <summary>Tells the client why it is not connected, and closes the channel.</summary>
    public void Refuse(SocksReply reply)
    {
        lock (_lock)
        {
            if (!_closed) End(_handshake.Answer(reply).Span);
        }
    }

    public void Dispose() => _timer.Dispose();

    void IChannelHandler.OnOpened(Channel channel)
    {
        lock (_lock) _channel = channel;
        _timer.Change(_timeLimit, Timeout.InfiniteTimeSpan);
    }

    void IChannelHandler.OnData(ReadOnlySpan<byte> data)
    {
        IChannelHandler? ends;
        lock (_lock)
        {
            ends = _ends;
            if (ends is null) TakeEarly(data);
        }

        ends?.OnData(data);
    }

    void IChannelHandler.OnExtendedData(ReadOnlySpan<byte> data) => _channel!.Consumed(data.Length);

    void IChannelHandler.OnEof()
    {
        IChannelHandler? ends;
        lock (_lock)
        {
            ends = _ends;
            _eof = true;
            if (ends is null && !_request.Task.IsCompleted) GiveUp("the client left before its request");
        }

        ends?.OnEof();
    }

    void IChannelHandler.OnWritable()
    {
        IChannelHandler? ends;
        lock (_lock)
        {
            ends = _ends;
            if (ends is null) Flush();
        }

        ends?.OnWritable();
    }

    void IChannelHandler.OnExit(CommandExit exit)
    {
    }

    void IChannelHandler.OnPeerStoppedReading()
    {
        lock (_lock)
        {
            if (_ends is null) return;
        }

        _ends.OnPeerStoppedReading();
    }

    void IChannelHandler.OnClosed(SshException? reason)
    {
        IChannelHandler? ends;
        lock (_lock)
        {
            ends = _ends;
            _closed = true;
            if (Refusal.Length == 0) Refusal = "the client left before its request";
            _early.Clear();
            _unsent.Clear();
        }

        _request.TrySetResult(null);
        _answered.TrySetResult();
        ends?.OnClosed(reason);
    }

    private bool Attach(IChannelEnds ends)
    {
        lock (_lock)
        {
            if (_closed) return false;
            IChannelHandler handler = ends;
            handler.OnOpened(_channel!);
            while (_early.Length != 0)
            {
                var part = _early.First;
                handler.OnData(part);
                _early.Advance(part.Length);
            }

            if (_eof) handler.OnEof();
            _ends = handler;
            return true;
        }
    }

    private void TakeEarly(ReadOnlySpan<byte> data)
    {
        var rest = data;
        while (!_request.Task.IsCompleted && !rest.IsEmpty)
        {
            switch (_handshake.Take(ref rest))
            {
                case SocksStep.Replies:
                    Send(_handshake.Reply.Span);
                    break;
                case SocksStep.Requested:
                    _request.TrySetResult(_handshake);
                    break;
                case SocksStep.Refused:
                    Refusal = _handshake.Refusal;
                    End(_handshake.Reply.Span);
                    break;
            }
        }

        _channel!.Consumed(data.Length - rest.Length);
        if (!_closed) _early.Append(rest);
    }

    private void GiveUp()
    {
        lock (_lock)
        {
            if (!_request.Task.IsCompleted) GiveUp($"no request within {_timeLimit.TotalSeconds:0.#} s");
        }
    }

    private void GiveUp(string why)
    {
        Refusal = why;
        End([]);
    }

    private void End(ReadOnlySpan<byte> lastWords)
    {
        Send(lastWords);
        _closed = true;
        _request.TrySetResult(null);
        _answered.TrySetResult();
        _channel!.SendEof();
        _channel.Close();
    }

    private void Send(ReadOnlySpan<byte> data)
    {
        _unsent.Append(data);
        Flush();
    }

    private void Flush()
    {
        while (_unsent.Length != 0)
        {
            var sent = _channel!.TrySend(_unsent.First);
            if (sent == 0) return;
            _unsent.Advance(sent);
        }

        if (_isAnswering) _answered.TrySetResult();
    }
}
