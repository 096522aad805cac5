using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Tests.Transport;

public sealed class SendLoopTests
{
    private const int HighWater = 1000;
    private const int LowWater = 500;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SendQueue _queue = new(chunkLength: 400);
    private readonly Target _target = new();
    private readonly SendLoop _loop;

    public SendLoopTests() => _loop = new SendLoop(_lock, _queue, _target, HighWater, LowWater);

    [Fact]
    public void What_is_flushed_is_written_on_the_spot_and_together()
    {
        Queue(3);
        Queue(4);
        Assert.Empty(_target.Written);
        _loop.Flush();
        Assert.Equal([7], _target.Written);
        Assert.Equal(7, _loop.BytesWritten);
        _loop.Flush();
        Assert.Single(_target.Written);
        Assert.Equal(1, _target.TimesEmpty);
    }

    [Fact]
    public void What_a_thread_sends_while_it_delivers_goes_out_when_it_has_delivered()
    {
        _loop.BeginDelivery();
        Assert.True(_loop.IsDelivering);
        Queue(1);
        Queue(1);
        Assert.Empty(_target.Written);
        _loop.EndDelivery();
        Assert.False(_loop.IsDelivering);
        Assert.Equal([2], _target.Written);
    }

    [Fact]
    public void What_must_wait_leaves_with_a_later_flush()
    {
        _target.MustWait = true;
        Queue(5);
        _loop.Flush();
        Assert.Empty(_target.Written);
        _target.MustWait = false;
        _loop.Flush();
        Assert.Equal([5], _target.Written);
    }

    [Fact]
    public async Task Who_was_congested_is_told_when_little_waits_and_not_before()
    {
        _target.Turn = new SemaphoreSlim(0);
        _target.Held = 200;
        for (var i = 0; i < 3; i++) Queue(400);
        Assert.True(_loop.IsCongested);
        _loop.Flush();
        _target.Turn.Release();
        await Eventually.TrueAsync(() => _target.Count == 1, "the first write");
        Assert.True(_loop.IsCongested); // 800 bytes in the queue
        _target.Turn.Release();
        await Eventually.TrueAsync(() => _target.Count == 2, "the second write");
        Assert.True(_loop.IsCongested); // 400 there, and 200 that are held
        _target.Turn.Release();
        await _target.Writable.Task.WaitAsync(Limit);
        Assert.False(_loop.IsCongested);
    }

    [Fact]
    public async Task What_is_queued_before_the_end_is_written_and_then_the_loop_is_over()
    {
        Queue(10);
        lock (_lock) _loop.Close();
        _loop.Finish();
        await _loop.Finished.WaitAsync(Limit);
        Assert.Equal([10], _target.Written);
        Assert.True(_loop.IsClosed);
    }

    [Fact]
    public async Task After_a_write_that_failed_nothing_is_written()
    {
        _target.Failure = new IOException("gone");
        Queue(10);
        _loop.Flush();
        await _loop.Finished.WaitAsync(Limit);
        Assert.Equal("gone", _target.Failed?.Message);
        Queue(10);
        _loop.Flush();
        Assert.Empty(_target.Written);
    }

    private void Queue(int length)
    {
        lock (_lock)
        {
            _queue.Reserve(length).Clear();
            _queue.Commit(length);
            _loop.OnQueued(_queue.Unsent + _target.Held);
        }
    }

    private sealed class Target : ISendTarget
    {
        private readonly List<int> _written = [];

        public int Held { get; set; }

        public bool MustWait { get; set; }

        public Exception? Failure { get; set; }

        public SemaphoreSlim? Turn { get; set; }

        public TaskCompletionSource Writable { get; } = new();

        public Exception? Failed { get; private set; }

        public int TimesEmpty { get; private set; }

        public int Count { get; private set; } // of chunks that the queue has back

        public IReadOnlyList<int> Written => _written;

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            if (Turn is not null) await Turn.WaitAsync();
            if (Failure is not null) throw Failure;
            _written.Add(bytes.Length);
        }

        public void OnWritten() => Count++;

        public void OnEmpty() => TimesEmpty++;

        public void OnWritable() => Writable.SetResult();

        public void OnWriteFailed(Exception e) => Failed = e;
    }
}
