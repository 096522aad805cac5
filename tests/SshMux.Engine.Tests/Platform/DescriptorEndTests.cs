using System.Net.Sockets;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Platform.Terminals;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>Descriptors of odd kinds, that are not open, or that the system does not wait for any more.</summary>
public sealed class DescriptorEndTests
{
    /// <summary>More than any process here has open.</summary>
    private const int NotOpen = 1_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void What_is_not_open_is_of_no_use_and_says_so()
    {
        Assert.StartsWith(
            $"cannot duplicate descriptor {NotOpen}: ",
            Assert.Throws<SshException>(() => DescriptorHandle.Duplicate(NotOpen)).Message,
            StringComparison.Ordinal);
        using (var handle = new DescriptorHandle(NotOpen))
        {
            Assert.Throws<SshException>(() => ReadinessLoop.Shared.TryRegister(handle, new Listener()));
        }

        using var reader = DescriptorReader.Open(new DescriptorHandle(NotOpen));
        Assert.Equal((0, Errno.EBADF), (reader.Read(new byte[1]), reader.Failure));
        using var writer = DescriptorWriter.Open(new DescriptorHandle(NotOpen));
        Assert.Equal((DescriptorWriter.Broken, Errno.EPIPE), (writer.Write([1]), writer.Failure));
    }

    [Theory]
    [InlineData("/dev/urandom")]
    [InlineData("/dev/random")] // waited for on the thread pool
    [InlineData("/dev/full")]
    public async Task Devices_are_read(string path)
    {
        using var reader = DescriptorReader.Open(DescriptorHandle.Open(path, FileAccess.Read));
        Assert.Equal(10, await reader.ReadAsync(new byte[10], Stop));
    }

    [Fact]
    public void A_connection_that_is_reset_ends_with_its_error()
    {
        var (here, there) = DescriptorPair.CreateSockets();
        using var reader = DescriptorReader.Open(here);
        using (var writer = DescriptorWriter.Open(DescriptorHandle.Duplicate(reader.Handle)))
        {
            Assert.Equal(6, writer.Write("unread"u8));
        }

        there.Dispose();
        Assert.Equal((0, Errno.ECONNRESET), (reader.Read(new byte[1]), reader.Failure));
        Assert.Equal(0, reader.Read(new byte[1]));
    }

    [Fact]
    public async Task A_terminal_whose_far_end_has_gone_is_at_its_end()
    {
        var terminal = PseudoTerminal.Open(new WindowSize(80, 24, 0, 0), echo: false);
        using var reader = new DescriptorReader(DescriptorHandle.Duplicate(terminal.Near), DescriptorKind.MayBlock);
        using var own = new DescriptorReader(DescriptorHandle.Duplicate(terminal.Near), DescriptorKind.Own);
        terminal.Far.Dispose();
        Assert.Equal(0, await reader.ReadAsync(new byte[1], Stop));
        Assert.Equal((0, default), (own.Read(new byte[1]), own.Failure));
        Assert.Equal(default, reader.Failure);
        terminal.Dispose();
    }

    [Fact]
    public async Task A_shared_description_that_happens_not_to_block_is_waited_for()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (write)
        {
            var flags = LibC.Fcntl(read.Number, LibC.GetFlags, 0);
            Assert.Equal(0, LibC.Fcntl(read.Number, LibC.SetFlags, flags | (int)OpenFlags.O_NONBLOCK));
            using var other = DescriptorHandle.Duplicate(read);
            using var reader = new DescriptorReader(read, DescriptorKind.MayBlock);
            for (var i = 0; i < 100; i++)
            {
                // Whoever shares it may be faster; then there is nothing after all.
                var reading = reader.ReadAsync(new byte[1], Stop).AsTask();
                Descriptors.Write(write, [1]);
                _ = Descriptors.Read(other, new byte[1]);
                Descriptors.Write(write, [2]);
                Assert.Equal(1, await reading.WaitAsync(Patience, Stop));
                _ = Descriptors.Read(other, new byte[10]);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_waits_learns_that_the_system_waits_no_more(bool pooled)
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (write)
        {
            using var reader = pooled ? new DescriptorReader(read, DescriptorKind.MayBlock) : DescriptorReader.Open(read);
            Forget(reader.Handle);
            var woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (pooled) reader.WhenReadable(woken.SetResult);
            else Assert.Throws<SshException>(() => reader.WhenReadable(woken.SetResult));
            await woken.Task.WaitAsync(Patience, Stop);
            Assert.Equal((0, Errno.EIO), (reader.Read(new byte[1]), reader.Failure));
        }
    }

    [Fact]
    public async Task A_socket_that_the_system_waits_for_no_more_fails_its_reader()
    {
        var (here, there) = DescriptorPair.CreateSocket();
        using (there)
        {
            using var socket = new ReadySocket(here);
            ReadinessLoop.Shared.Control(EpollOp.EPOLL_CTL_DEL, (int)here.Handle, 0, default);
            var error = await Assert.ThrowsAsync<IOException>(() => socket.ReceiveAsync(new byte[1], Stop).AsTask());
            Assert.Contains("cannot wait", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_socket_that_is_closed_cannot_be_taken_over_and_a_cancelled_receive_does_not_begin()
    {
        var (here, there) = DescriptorPair.CreateSocket();
        using (there)
        {
            using (var socket = new ReadySocket(here))
            {
                Assert.False(socket.ReceivesInline || socket.SendsInline);
                await Assert.ThrowsAnyAsync<OperationCanceledException>(
                    () => socket.ReceiveAsync(new byte[1], new CancellationToken(canceled: true)).AsTask());
            }

            Assert.Throws<ObjectDisposedException>(() => new ReadySocket(here));
        }
    }

    [Fact]
    public void A_socket_without_a_peer_is_closed_like_any_other()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var ready = new ReadySocket(socket);
        ready.Close(shutDown: true);
        ready.Close(shutDown: true);
        Assert.True(socket.SafeHandle.IsClosed);
    }

    [Fact]
    public async Task A_turn_of_the_readiness_thread_is_awaited_in_either_way()
    {
        var turns = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new ReadinessTurn().OnCompleted(() => new ReadinessTurn().UnsafeOnCompleted(turns.SetResult));
        await turns.Task.WaitAsync(Patience, Stop);
        Assert.True(new ReadinessTurn().GetAwaiter().IsCompleted); // this is another thread
    }

    [Fact]
    public async Task All_is_written_while_it_is_read()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            using var writer = DescriptorWriter.Open(write);
            var data = Descriptors.RandomBytes(500_000, 4);
            var writing = writer.WriteAsync(data, Stop).AsTask();
            Assert.False(writing.IsCompleted);
            Assert.Equal(data, Descriptors.ReadExactly(read, data.Length));
            Assert.True(await writing.WaitAsync(Patience, Stop));
            Assert.Equal(0, writer.Write([]));
            writer.ShutDown(); // of a pipe there is no direction to end
            Assert.Equal(1, writer.Write([1]));
            writing = writer.WriteAsync(data, Stop).AsTask();
            writer.Dispose();
            Assert.False(await writing.WaitAsync(Patience, Stop));
            writer.ShutDown();
        }
    }

    [Fact]
    public async Task Disposing_ends_a_wait_for_what_is_written_behind()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            using var writer = new DescriptorWriter(write, DescriptorKind.MayBlock);
            var writing = writer.WriteAsync(new byte[100_000], Stop).AsTask(); // more than the pipe takes
            await Eventually.TrueAsync(() => Descriptors.IsReadable(read), "some of it is written");
            Assert.False(writing.IsCompleted);
            writer.Dispose();
            Assert.False(await writing.WaitAsync(Patience, Stop));
        }
    }

    [Fact]
    public async Task A_pipe_that_holds_much_already_stays_as_it_is()
    {
        const int size = 512 * 1024;
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            Assert.Equal(size, LibC.Fcntl(read.Number, LibC.SetPipeSize, size));
            using var writer = DescriptorWriter.Open(write);
            var data = new byte[1_200_000];
            var writing = writer.WriteAsync(data, Stop).AsTask();
            Descriptors.ReadExactly(read, data.Length);
            Assert.True(await writing.WaitAsync(Patience, Stop));
            Assert.Equal(size, LibC.Fcntl(read.Number, LibC.GetPipeSize, 0));
        }
    }

    [Fact]
    public async Task A_terminal_takes_much_and_has_no_size_like_a_pipe()
    {
        using var terminal = PseudoTerminal.Open(new WindowSize(80, 24, 0, 0), echo: false);
        terminal.MakeRaw();
        using var writer = DescriptorWriter.Open(DescriptorHandle.Duplicate(terminal.Far));
        var data = Descriptors.RandomBytes(1_100_000, 6);
        var writing = writer.WriteAsync(data, Stop).AsTask();
        Assert.Equal(data, Descriptors.ReadExactly(terminal.Near, data.Length));
        Assert.True(await writing.WaitAsync(Patience, Stop));
    }

    [Fact]
    public async Task What_is_written_behind_is_waited_for()
    {
        using var folder = new TestFolder();
        using var writer = DescriptorWriter.Open(DescriptorHandle.Open(folder.Write("file", ""), FileAccess.Write));
        Assert.Equal(0, writer.Write([]));
        var data = Descriptors.RandomBytes(500_000, 5);
        Assert.True(await writer.WriteAsync(data, Stop));
        Assert.Equal(data, await File.ReadAllBytesAsync(folder.File("file"), Stop));
    }

    [Fact]
    public async Task The_terminal_of_another_session_is_that_one_and_not_ours()
    {
        // dev/tty means another terminal for each session; what is passed must stay the one that it was.
        using var folder = new TestFolder();
        using var terminal = PseudoTerminal.Open(new WindowSize(80, 24, 0, 0), echo: false);
        var script = $"exec 3<>/dev/tty; echo $$ > {folder.File("new")}; mv {folder.File("new")} {folder.File("pid")}; cat";
        var child = UnixChildProcess.Start("setsid", ["-c", "sh", "-c", script], terminal.Far, terminal.Far);
        try
        {
            await Eventually.TrueAsync(() => File.Exists(folder.File("pid")), "the session has its terminal");
            var process = int.Parse(
                await File.ReadAllTextAsync(folder.File("pid"), Stop), System.Globalization.CultureInfo.InvariantCulture);
            using var found = new DescriptorHandle((int)LibC.SystemCall(434 /* pidfd_open */, process, 0));
            var number = (int)LibC.SystemCall(438 /* pidfd_getfd */, found.Number, 3, 0, 0);
            if (number < 0) Assert.Skip($"the system does not let its descriptor be taken: {SystemError.Last}");
            using var writer = DescriptorWriter.Open(new DescriptorHandle(number));
            Assert.Equal(Descriptors.TargetOf(terminal.Far), Descriptors.TargetOf(writer.Handle));
            Assert.True(await writer.WriteAsync("seen there"u8.ToArray(), Stop));
            Assert.Equal("seen there"u8.ToArray(), Descriptors.ReadExactly(terminal.Near, 10));
        }
        finally
        {
            Descriptors.Write(terminal.Near, [4]); // the end of its input
            await child.Exited.WaitAsync(Patience, Stop);
        }
    }

    [Fact]
    public async Task Other_control_messages_beside_a_descriptor_are_left()
    {
        var (here, there) = DescriptorPair.CreateSocket();
        using (there)
        {
            const int passCredentials = 16; // SO_PASSCRED: they come with every message
            using var receiver = new ReadySocket(here);
            using var sender = new ReadySocket(
                new Socket(new SafeSocketHandle(Syscall.dup(there.Number), ownsHandle: true)));
            receiver.Socket.SetRawSocketOption(1 /* SOL_SOCKET */, passCredentials, BitConverter.GetBytes(1));
            using var file = DescriptorHandle.Open("/dev/null", FileAccess.Read);
            await DescriptorPassing.SendAsync(sender, file, Stop);
            using var received = await DescriptorPassing.ReceiveAsync(receiver, Stop);
            Assert.Equal("/dev/null", Descriptors.TargetOf(received));
        }
    }

    [Fact]
    public async Task A_connection_that_is_reset_passes_no_descriptor()
    {
        var (here, there) = DescriptorPair.CreateSocket();
        using var receiver = new ReadySocket(here);
        Assert.True(receiver.TrySend("unread"u8, out _));
        there.Dispose();
        var error = await Assert.ThrowsAsync<SshException>(() => DescriptorPassing.ReceiveAsync(receiver, Stop));
        Assert.Equal(SshError.MuxProtocolError, error.Error);
        Assert.StartsWith("cannot receive a descriptor: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_waits_in_an_empty_queue()
    {
        var queue = new ByteQueue();
        Assert.True(queue.First.IsEmpty);
        queue.Append([1, 2, 3]);
        Assert.Equal(2, queue.Read(new byte[2]));
        Assert.Equal([3], queue.First.ToArray());
        Assert.Equal((1, 0), (queue.Clear(), queue.Length));
        Assert.True(queue.First.IsEmpty);
    }

    /// <summary>Has the system wait for a descriptor no more, behind everybody's back.</summary>
    private static void Forget(DescriptorHandle descriptor) =>
        Assert.True(ReadinessLoop.Shared.Control(EpollOp.EPOLL_CTL_DEL, descriptor.Number, 0, default));

    private sealed class Listener : IReadinessHandler
    {
        public void OnReady(ReadinessDirections directions)
        {
        }

        public void OnFailed(SshException failure)
        {
        }
    }
}
