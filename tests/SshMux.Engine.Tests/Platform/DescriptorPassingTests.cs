using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

public class DescriptorPassingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Passes_three_descriptors_in_order()
    {
        var (here, there) = Pair();
        using (here)
        using (there)
        {
            var pipes = Enumerable.Range(0, 3).Select(_ => DescriptorPair.CreatePipe()).ToArray();
            foreach (var (_, write) in pipes) await DescriptorPassing.SendAsync(here, write, Stop);
            foreach (var (read, write) in pipes)
            {
                using var received = await DescriptorPassing.ReceiveAsync(there, Stop);
                Assert.Equal(Descriptors.TargetOf(write), Descriptors.TargetOf(received));
                Assert.NotEqual(write.Number, received.Number);
                Assert.True(Descriptors.IsCloseOnExec(received));
                read.Dispose();
                write.Dispose();
            }
        }
    }

    [Fact]
    public async Task Takes_only_its_own_byte()
    {
        var (here, there) = Pair();
        var (read, write) = DescriptorPair.CreatePipe();
        using (here)
        using (there)
        using (read)
        using (write)
        {
            await here.SendAsync("packet"u8.ToArray(), Stop);
            await DescriptorPassing.SendAsync(here, read, Stop);
            await here.SendAsync("next"u8.ToArray(), Stop);

            var packet = new byte[6];
            Assert.Equal(6, await there.ReceiveAsync(packet, Stop));
            (await DescriptorPassing.ReceiveAsync(there, Stop)).Dispose();
            var next = new byte[10];
            Assert.Equal(4, await there.ReceiveAsync(next, Stop));
        }
    }

    [Fact]
    public async Task Waits_without_a_thread_until_one_comes()
    {
        var (here, there) = Pair();
        var (read, write) = DescriptorPair.CreatePipe();
        using (here)
        using (there)
        using (read)
        using (write)
        {
            var receiving = DescriptorPassing.ReceiveAsync(there, Stop);
            Assert.False(receiving.IsCompleted);
            await DescriptorPassing.SendAsync(here, read, Stop);
            (await receiving.WaitAsync(TimeSpan.FromSeconds(30), Stop)).Dispose();
        }
    }

    [Fact]
    public async Task Waiting_ends_with_cancellation_or_close()
    {
        var (here, there) = Pair();
        using (here)
        {
            using var cancellation = new CancellationTokenSource();
            var receiving = DescriptorPassing.ReceiveAsync(there, cancellation.Token);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);

            receiving = DescriptorPassing.ReceiveAsync(there, Stop);
            there.Dispose();
            await Assert.ThrowsAsync<SshException>(() => receiving);
        }
    }

    [Fact]
    public async Task The_end_of_the_peer_is_an_error()
    {
        var (here, there) = Pair();
        using (there)
        {
            var receiving = DescriptorPassing.ReceiveAsync(there, Stop);
            here.Dispose();
            var failure = await Assert.ThrowsAsync<SshException>(() => receiving);
            Assert.Equal(SshError.MuxProtocolError, failure.Error);
        }
    }

    [Fact]
    public async Task Sending_to_nobody_is_an_error()
    {
        var (here, there) = Pair();
        using (here)
        using (var nothing = DescriptorHandle.Open("/dev/null", FileAccess.Read))
        {
            there.Dispose();
            var failure = await Assert.ThrowsAsync<SshException>(async () =>
            {
                // A process that another test is just starting may hold a copy of the other end for a moment.
                while (true)
                {
                    await DescriptorPassing.SendAsync(here, nothing, Stop);
                    await Task.Delay(10, Stop);
                }
            });
            Assert.Equal(SshError.MasterGone, failure.Error);
        }
    }

    [Fact]
    public async Task A_byte_without_a_descriptor_is_an_error()
    {
        var (here, there) = Pair();
        using (here)
        using (there)
        {
            await here.SendAsync(new byte[1], Stop);
            await Assert.ThrowsAsync<SshException>(() => DescriptorPassing.ReceiveAsync(there, Stop));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(253)]
    public async Task Several_at_once_are_an_error_and_closed(int count)
    {
        var (here, there) = Pair();
        var (read, write) = DescriptorPair.CreatePipe();
        using (here)
        using (there)
        using (read)
        using (write)
        {
            var target = Descriptors.TargetOf(read);
            var before = Descriptors.CountOf(target);
            SendMany(here.Socket, read, count);
            await Assert.ThrowsAsync<SshException>(() => DescriptorPassing.ReceiveAsync(there, Stop));
            Assert.Equal(before, Descriptors.CountOf(target));
        }
    }

    [Fact]
    public async Task Sending_waits_for_a_slow_receiver()
    {
        var (here, there) = Pair();
        var (read, write) = DescriptorPair.CreatePipe();
        using (here)
        using (there)
        using (read)
        using (write)
        {
            var filled = 0;
            try
            {
                while (true) filled += here.Socket.Send(new byte[65536]);
            }
            catch (SocketException full) when (full.SocketErrorCode == SocketError.WouldBlock)
            {
                // That is how full it gets.
            }

            using var cancellation = new CancellationTokenSource();
            var given = DescriptorPassing.SendAsync(here, read, cancellation.Token);
            Assert.False(given.IsCompleted);
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

            var sending = DescriptorPassing.SendAsync(here, read, Stop);
            Assert.False(sending.IsCompleted);
            var buffer = new byte[65536];
            while (filled > 0) filled -= await there.ReceiveAsync(buffer.AsMemory(0, Math.Min(filled, buffer.Length)), Stop);
            await sending.WaitAsync(TimeSpan.FromSeconds(30), Stop);
            (await DescriptorPassing.ReceiveAsync(there, Stop)).Dispose();
        }
    }

    [Fact]
    public void The_kernel_names_the_peer()
    {
        var (here, there) = Pair();
        using (here)
        using (there)
        {
            var peer = PeerCredentials.Of(here.Socket);
            Assert.Equal(Environment.ProcessId, peer.ProcessId);
            Assert.Equal(Syscall.geteuid(), peer.UserId);
            Assert.True(peer.IsSameUserOrRoot);
        }
    }

    private static (ReadySocket Here, ReadySocket There) Pair()
    {
        var (here, there) = DescriptorPair.CreateSocket();
        var descriptor = Syscall.dup(there.Number);
        there.Dispose();
        return (new ReadySocket(here), new ReadySocket(new Socket(new SafeSocketHandle(descriptor, ownsHandle: true))));
    }

    private static unsafe void SendMany(Socket socket, DescriptorHandle descriptor, int count)
    {
        byte data = 0;
        var message = new Msghdr
        {
            msg_iov = [new Iovec { iov_base = (nint)(&data), iov_len = 1 }],
            msg_iovlen = 1,
            msg_control = new byte[(int)Syscall.CMSG_SPACE((ulong)(count * sizeof(int)))],
        };
        message.msg_controllen = message.msg_control.Length;
        new Cmsghdr
        {
            cmsg_len = (long)Syscall.CMSG_LEN((ulong)(count * sizeof(int))),
            cmsg_level = UnixSocketProtocol.SOL_SOCKET,
            cmsg_type = UnixSocketControlMessage.SCM_RIGHTS,
        }.WriteToBuffer(message, 0);
        var start = (int)Syscall.CMSG_DATA(message, 0);
        var numbers = MemoryMarshal.Cast<byte, int>(message.msg_control.AsSpan(start));
        numbers[..count].Fill(descriptor.Number);
        Assert.Equal(1, Syscall.sendmsg((int)socket.Handle, message, MessageFlags.MSG_NOSIGNAL));
    }
}
