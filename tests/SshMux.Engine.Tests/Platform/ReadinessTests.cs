using System.Threading.Channels;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

public class ReadinessTests
{
    [Fact]
    public async Task Fires_once_per_arming()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        using (write)
        {
            var handler = new Recorder();
            using var registration = ReadinessLoop.Shared.TryRegister(read, handler)!;
            Descriptors.Write(write, [1]);
            registration.Arm(ReadinessDirections.Readable);
            Assert.Equal(ReadinessDirections.Readable, await handler.NextAsync());

            // The byte is still there, but nobody asks. A second pipe shows that the thread has been round since.
            await BarrierAsync();
            Assert.Equal(0, handler.Count);
            registration.Arm(ReadinessDirections.Readable);
            Assert.Equal(ReadinessDirections.Readable, await handler.NextAsync());
        }
    }

    [Fact]
    public async Task Serves_both_directions_of_one_descriptor()
    {
        var (first, second) = DescriptorPair.CreateSockets();
        using (first)
        using (second)
        {
            var handler = new Recorder();
            using var registration = ReadinessLoop.Shared.TryRegister(first, handler)!;
            registration.Arm(ReadinessDirections.Readable);
            registration.Arm(ReadinessDirections.Writable);
            Assert.Equal(ReadinessDirections.Writable, await handler.NextAsync());
            Descriptors.Write(second, [1]);
            Assert.Equal(ReadinessDirections.Readable, await handler.NextAsync());
        }
    }

    [Fact]
    public async Task The_end_of_the_other_side_counts_as_ready()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            var handler = new Recorder();
            using var registration = ReadinessLoop.Shared.TryRegister(read, handler)!;
            registration.Arm(ReadinessDirections.Readable);
            write.Dispose();
            Assert.Equal(ReadinessDirections.Readable, await handler.NextAsync());
        }
    }

    [Fact]
    public void Files_and_the_null_device_cannot_be_waited_for()
    {
        using var folder = new TestFolder();
        using var file = DescriptorHandle.Open(folder.Write("file", "x"), FileAccess.Read);
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        Assert.Null(ReadinessLoop.Shared.TryRegister(file, new Recorder()));
        Assert.Null(ReadinessLoop.Shared.TryRegister(nothing, new Recorder()));
    }

    [Fact]
    public async Task A_reused_number_never_fires_for_its_earlier_user()
    {
        for (var i = 0; i < 3000; i++)
        {
            var (read, write) = DescriptorPair.CreatePipe();
            var old = new Recorder();
            var registration = ReadinessLoop.Shared.TryRegister(read, old)!;
            registration.Arm(ReadinessDirections.Readable);
            Descriptors.Write(write, [1]);
            registration.Dispose();
            read.Dispose();
            write.Dispose();

            // Very likely the same numbers again.
            var (nextRead, nextWrite) = DescriptorPair.CreatePipe();
            var next = new Recorder();
            using (nextRead)
            using (nextWrite)
            using (var nextRegistration = ReadinessLoop.Shared.TryRegister(nextRead, next)!)
            {
                nextRegistration.Arm(ReadinessDirections.Readable);
                if (i % 100 == 0) await BarrierAsync();
                Assert.Equal(0, next.Count);
                Descriptors.Write(nextWrite, [1]);
                await next.NextAsync();
                Assert.True(old.Count <= 1);
            }
        }
    }

    [Fact]
    public async Task A_description_that_others_keep_open_is_forgotten_all_the_same()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using var kept = DescriptorHandle.Duplicate(read);
        var handler = new Recorder();
        var registration = ReadinessLoop.Shared.TryRegister(read, handler)!;
        registration.Arm(ReadinessDirections.Readable);
        registration.Dispose();
        read.Dispose();
        Descriptors.Write(write, [1]);
        await BarrierAsync();
        Assert.Equal(0, handler.Count);
        write.Dispose();
    }

    [Fact]
    public async Task Allocates_nothing_per_event()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        using (write)
        {
            Descriptors.Write(write, [1]);
            var counter = new AllocationCounter();
            using var registration = ReadinessLoop.Shared.TryRegister(read, counter)!;
            counter.Start(registration);
            Assert.Equal(0, await counter.Result.Task.WaitAsync(
                TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_handler_that_throws_ends_its_own_registration_and_no_other()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        using (write)
        {
            var thrower = new Thrower(() => throw new InvalidOperationException("no"));
            var registration = ReadinessLoop.Shared.TryRegister(read, thrower)!;
            Descriptors.Write(write, [1]);
            registration.Arm(ReadinessDirections.Readable);
            var failure = await thrower.Failure.Task.WaitAsync(
                TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Contains("no", failure.Message, StringComparison.Ordinal);
            Assert.Throws<SshException>(() => registration.Arm(ReadinessDirections.Readable));
            await BarrierAsync();
        }
    }

    [Fact]
    public async Task A_descriptor_that_cannot_be_waited_for_any_more_ends_its_own_registration()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        using (write)
        {
            ReadinessRegistration registration = null!;
            var handler = new Thrower(() =>
            {
                // Behind its back: the next EPOLL_CTL_MOD fails.
                ReadinessLoop.Shared.Control(EpollOp.EPOLL_CTL_DEL, read.Number, registration.Id, default);
                registration.Arm(ReadinessDirections.Readable);
            });
            registration = ReadinessLoop.Shared.TryRegister(read, handler)!;
            Descriptors.Write(write, [1]);
            registration.Arm(ReadinessDirections.Readable);
            var failure = await handler.Failure.Task.WaitAsync(
                TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Contains("cannot wait", failure.Message, StringComparison.Ordinal);
            await BarrierAsync();
        }
    }

    [Fact]
    public async Task Who_waits_for_one_direction_learns_that_the_other_cannot_be_waited_for()
    {
        var (first, second) = DescriptorPair.CreateSockets();
        using (first)
        using (second)
        {
            var handler = new Thrower(() => { });
            var registration = ReadinessLoop.Shared.TryRegister(first, handler)!;
            registration.Arm(ReadinessDirections.Readable);
            ReadinessLoop.Shared.Control(EpollOp.EPOLL_CTL_DEL, first.Number, registration.Id, default);
            Assert.Throws<SshException>(() => registration.Arm(ReadinessDirections.Writable));
            await handler.Failure.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Posted_work_that_throws_is_nobody_elses_failure()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        using (write)
        {
            var poster = new Thrower(() => ReadinessLoop.Post(new ThrowingWork()));
            using var registration = ReadinessLoop.Shared.TryRegister(read, poster)!;
            Descriptors.Write(write, [1]);
            registration.Arm(ReadinessDirections.Readable);
            await BarrierAsync();
            await BarrierAsync();
            Assert.False(poster.Failure.Task.IsCompleted);
        }
    }

    /// <summary>Waits until the thread has handled everything that was ready before.</summary>
    private static async Task BarrierAsync()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        using (write)
        {
            var handler = new Recorder();
            using var registration = ReadinessLoop.Shared.TryRegister(read, handler)!;
            registration.Arm(ReadinessDirections.Readable);
            Descriptors.Write(write, [1]);
            await handler.NextAsync();
        }
    }

    private sealed class Recorder : IReadinessHandler
    {
        private readonly Channel<ReadinessDirections> _calls = Channel.CreateUnbounded<ReadinessDirections>();

        public int Count => _calls.Reader.Count;

        public void OnReady(ReadinessDirections directions) => Assert.True(_calls.Writer.TryWrite(directions));

        public void OnFailed(SshException failure) => _calls.Writer.TryComplete(failure);

        public Task<ReadinessDirections> NextAsync() =>
            _calls.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    private sealed class Thrower(Action onReady) : IReadinessHandler
    {
        public TaskCompletionSource<SshException> Failure { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnReady(ReadinessDirections directions) => onReady();

        public void OnFailed(SshException failure) => Failure.SetResult(failure);
    }

    private sealed class ThrowingWork : IThreadPoolWorkItem
    {
        public void Execute() => throw new InvalidOperationException("no");
    }

    /// <summary>Arms itself again and again, and measures what the thread allocates between two of its events.</summary>
    private sealed class AllocationCounter : IReadinessHandler
    {
        private ReadinessRegistration? _registration;
        private int _events;
        private long _atStart;
        private long _least = long.MaxValue;

        public TaskCompletionSource<long> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Start(ReadinessRegistration registration)
        {
            _registration = registration;
            registration.Arm(ReadinessDirections.Readable);
        }

        public void OnReady(ReadinessDirections directions)
        {
            // Other tests share the thread, so what counts is the least of many short stretches.
            var now = GC.GetAllocatedBytesForCurrentThread();
            if (_events % 20 == 0)
            {
                if (_events > 2000) _least = Math.Min(_least, now - _atStart);
                _atStart = now;
            }

            if (++_events < 10_000) _registration!.Arm(ReadinessDirections.Readable);
            else Result.SetResult(_least);
        }

        public void OnFailed(SshException failure) => Result.TrySetException(failure);
    }
}
