using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

public class DescriptorWriterTests
{
    private static readonly byte[] Data = Descriptors.RandomBytes(3_000_000, 2);

    [Fact]
    public async Task Writes_a_pipe_as_fast_as_it_is_read()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            using var writer = DescriptorWriter.Open(write);
            var taken = 0;
            while (writer.Write(Data.AsSpan(taken)) is > 0 and var count) taken += count;
            Assert.InRange(taken, 4096, Data.Length - 1);
            var reading = Descriptors.ReadToEndAsync(read);
            Assert.True(await writer.WriteAllAsync(Data.AsMemory(taken)));
            writer.Dispose();
            Assert.Equal(Data, await reading);
        }
    }

    [Fact]
    public async Task A_pipe_that_much_goes_through_holds_more()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            var before = LibC.Fcntl(read.Number, LibC.GetPipeSize, 0);
            using var writer = DescriptorWriter.Open(write);
            var reading = Descriptors.ReadToEndAsync(read);
            Assert.True(await writer.WriteAllAsync(Data.AsMemory(0, 900_000)));
            Assert.Equal(before, LibC.Fcntl(read.Number, LibC.GetPipeSize, 0));
            Assert.True(await writer.WriteAllAsync(Data.AsMemory(900_000)));
            Assert.InRange(LibC.Fcntl(read.Number, LibC.GetPipeSize, 0), 256 * 1024, int.MaxValue);
            writer.Dispose();
            Assert.Equal(Data, await reading);
        }
    }

    [Fact]
    public async Task Writes_a_socket_and_ends_its_direction()
    {
        var (there, here) = DescriptorPair.CreateSockets();
        using (here)
        {
            using var shared = DescriptorHandle.Duplicate(there);
            using var writer = DescriptorWriter.Open(there);
            Assert.True(writer.IsSocket);
            var reading = Descriptors.ReadToEndAsync(here);
            Assert.True(await writer.WriteAllAsync(Data));
            writer.ShutDown();
            Assert.Equal(Data, await reading);
            Descriptors.Write(here, [7]);
            Assert.Equal(1, Descriptors.Read(shared, new byte[5]));
        }
    }

    [Fact]
    public async Task Writes_a_terminal()
    {
        var (master, slave) = Descriptors.CreateTerminal();
        using (master)
        {
            var writer = DescriptorWriter.Open(slave);
            var reading = Descriptors.ReadToEndAsync(master);
            var data = Data.AsMemory(0, 300_000);
            Assert.True(await writer.WriteAllAsync(data));

            // Closing the last descriptor of a terminal hangs it up, and that is allowed to drop what was not read yet.
            using var last = DescriptorHandle.Duplicate(writer.Handle);
            writer.Dispose();
            await Descriptors.UntilAsync(() => IsEmpty(master), "the terminal's output is read");
            last.Dispose();
            Assert.Equal(data.ToArray(), await reading);
        }
    }

    [Fact]
    public async Task Writes_a_file_at_its_shared_position()
    {
        using var folder = new TestFolder();
        using var file = DescriptorHandle.Open(folder.Write("file", ""), FileAccess.ReadWrite);
        Descriptors.Write(file, "before "u8);
        using var writer = DescriptorWriter.Open(DescriptorHandle.Duplicate(file));
        Assert.True(await writer.WriteAllAsync(Data));
        Descriptors.Write(file, " after"u8);
        Assert.Equal([.. "before "u8, .. Data, .. " after"u8], File.ReadAllBytes(folder.File("file")));
    }

    [Fact]
    public void The_null_device_takes_everything()
    {
        using var writer = DescriptorWriter.Open(DescriptorHandle.Open("/dev/null", FileAccess.Write));
        Assert.Equal(Data.Length, writer.Write(Data));
        Assert.True(writer.IsIdle);
    }

    [Fact]
    public void A_full_device_is_broken()
    {
        using var writer = DescriptorWriter.Open(DescriptorHandle.Open("/dev/full", FileAccess.Write));
        Assert.Equal(DescriptorWriter.Broken, writer.Write(Data));
        Assert.Equal(Errno.ENOSPC, writer.Failure);
    }

    [Fact]
    public async Task What_is_written_behind_and_fails_is_told_at_its_end()
    {
        var device = DescriptorHandle.Open("/dev/full", FileAccess.Write);
        using var writer = new DescriptorWriter(device, DescriptorKind.MayBlock);
        Assert.False(await writer.WriteAsync(new byte[100], TestContext.Current.CancellationToken));
        Assert.Equal(Errno.ENOSPC, writer.Failure);
    }

    [Fact]
    public async Task A_reader_that_goes_away_is_noticed()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using var writer = DescriptorWriter.Open(write);
        while (writer.Write(Data) > 0)
        {
            // until it is full
        }

        var waiting = writer.WaitAsync();
        read.Dispose();
        await waiting;
        Assert.Equal(DescriptorWriter.Broken, writer.Write(Data));
        Assert.Equal(Errno.EPIPE, writer.Failure);
    }

    [Fact]
    public void A_pipe_without_reader_is_broken_from_the_start()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        read.Dispose();
        using var writer = DescriptorWriter.Open(write);
        Assert.Equal(DescriptorWriter.Broken, writer.Write(Data));
        Assert.Equal(Errno.EPIPE, writer.Failure);
    }

    [Fact]
    public void A_socket_without_peer_is_broken()
    {
        var (there, here) = DescriptorPair.CreateSockets();
        here.Dispose();
        using var writer = DescriptorWriter.Open(there);
        Assert.Equal(DescriptorWriter.Broken, writer.Write(Data));
    }

    [Fact]
    public void A_file_that_was_opened_for_reading_is_broken()
    {
        using var folder = new TestFolder();
        using var writer = DescriptorWriter.Open(
            DescriptorHandle.Open(folder.Write("file", "x"), FileAccess.Read));
        Assert.Equal(DescriptorWriter.Broken, writer.Write(Data));
    }

    [Fact]
    public async Task What_cannot_be_opened_anew_is_written_all_the_same()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            using var writer = new DescriptorWriter(write, DescriptorKind.MayBlock);
            Assert.True(writer.Write(Data) > 0);
            Assert.Equal(DescriptorWriter.WouldBlock, writer.Write(Data));
            writer.Dispose();
        }

        (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            using var writer = new DescriptorWriter(write, DescriptorKind.MayBlock);
            var reading = Descriptors.ReadToEndAsync(read);
            Assert.True(await writer.WriteAllAsync(Data));
            writer.Dispose();
            Assert.Equal(Data, await reading);
        }
    }

    [Fact]
    public async Task What_cannot_be_opened_anew_breaks_when_its_reader_goes()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using var writer = new DescriptorWriter(write, DescriptorKind.MayBlock);
        Assert.True(writer.Write(Data) > 0);
        read.Dispose();
        Assert.False(await writer.WriteAllAsync(Data));
        Assert.Equal(Errno.EPIPE, writer.Failure);
    }

    [Fact]
    public void Shared_flags_never_change()
    {
        var (pipeRead, pipeWrite) = DescriptorPair.CreatePipe();
        var (socket, socketPeer) = DescriptorPair.CreateSockets();
        var (master, slave) = Descriptors.CreateTerminal();
        foreach (var (descriptor, peer) in new[] { (pipeWrite, pipeRead), (socket, socketPeer), (slave, master) })
        {
            using var shared = DescriptorHandle.Duplicate(descriptor);
            var before = Descriptors.FlagsOf(shared);
            using var writer = DescriptorWriter.Open(descriptor);
            while (writer.Write(Data) > 0)
            {
                // until it is full
            }

            Assert.Equal(before, Descriptors.FlagsOf(shared));
            Assert.Equal(0, before & (int)OpenFlags.O_NONBLOCK);
            peer.Dispose();
        }
    }

    [Fact]
    public void Disposing_closes_everything()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            var target = Descriptors.TargetOf(write);
            var writer = DescriptorWriter.Open(write);
            Assert.Equal(2, Descriptors.CountOf(target));
            writer.Dispose();
            writer.Dispose();
            Assert.Equal(1, Descriptors.CountOf(target));
            Assert.Equal(DescriptorWriter.Broken, writer.Write(Data));
        }
    }

    [Fact]
    public void The_runtime_ignores_the_signal_of_broken_pipes()
    {
        var ignored = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        var mask = Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16);
        const int sigpipe = 13;
        Assert.NotEqual(0UL, mask & (1UL << (sigpipe - 1)));
    }

    private static bool IsEmpty(DescriptorHandle terminal)
    {
        Span<byte> count = stackalloc byte[4];
        Assert.Equal(0, LibC.Ioctl(terminal.Number, 0x541B /* FIONREAD */, count));
        return System.Runtime.InteropServices.MemoryMarshal.Read<int>(count) == 0;
    }
}
