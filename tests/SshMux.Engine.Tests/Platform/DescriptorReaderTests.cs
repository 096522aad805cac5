using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

public class DescriptorReaderTests
{
    private static readonly byte[] Data = Descriptors.RandomBytes(3_000_000, 1);

    [Fact]
    public async Task Reads_a_pipe_to_its_end()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using var reader = DescriptorReader.Open(read);
        Assert.Equal(DescriptorReader.WouldBlock, reader.Read(new byte[10]));
        var writing = WriteAndCloseAsync(write);
        Assert.Equal(Data, await reader.ReadToEndAsync());
        await writing;
        Assert.Equal(default, reader.Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("left behind")]
    public async Task Reads_a_pipe_whose_writer_is_gone_already(string left)
    {
        var (read, write) = DescriptorPair.CreatePipe();
        Descriptors.Write(write, System.Text.Encoding.ASCII.GetBytes(left));
        write.Dispose();
        using var reader = DescriptorReader.Open(read);
        var text = await reader.ReadToEndAsync();
        Assert.Equal(left, System.Text.Encoding.ASCII.GetString(text));
    }

    [Fact]
    public async Task Reads_a_socket_to_its_end()
    {
        var (there, here) = DescriptorPair.CreateSockets();
        using var reader = DescriptorReader.Open(there);
        Assert.Equal(DescriptorReader.WouldBlock, reader.Read(new byte[10]));
        var writing = WriteAndCloseAsync(here);
        Assert.Equal(Data, await reader.ReadToEndAsync());
        await writing;
    }

    [Fact]
    public async Task Reads_a_terminal_until_it_hangs_up()
    {
        var (master, slave) = Descriptors.CreateTerminal();
        using var reader = DescriptorReader.Open(slave);
        Assert.Equal(DescriptorReader.WouldBlock, reader.Read(new byte[10]));
        Descriptors.Write(master, "typed"u8);
        await reader.WaitAsync();
        var buffer = new byte[10];
        Assert.Equal(5, reader.Read(buffer));
        Assert.Equal("typed"u8, buffer.AsSpan(0, 5));
        var waiting = reader.WaitAsync();
        master.Dispose();
        await waiting;
        Assert.Equal(0, reader.Read(buffer));
        Assert.Equal(default, reader.Failure);
    }

    [Fact]
    public async Task Reads_a_file_from_its_shared_position()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder.File("file"), Data);
        var file = DescriptorHandle.Open(folder.File("file"), FileAccess.Read);
        Descriptors.Read(file, new byte[1000]);
        using var reader = DescriptorReader.Open(file);
        Assert.Equal(Data[1000..], await reader.ReadToEndAsync());
    }

    [Fact]
    public void The_null_device_ends_at_once()
    {
        using var reader = DescriptorReader.Open(DescriptorHandle.Open("/dev/null", FileAccess.Read));
        Assert.Equal(0, reader.Read(new byte[10]));
    }

    [Fact]
    public async Task An_endless_device_is_always_ready()
    {
        using var reader = DescriptorReader.Open(DescriptorHandle.Open("/dev/zero", FileAccess.Read));
        Assert.Equal(10, reader.Read(new byte[10]));
        await reader.WaitAsync();
        Assert.Equal(10, reader.Read(new byte[10]));
    }

    [Fact]
    public async Task A_folder_is_an_error()
    {
        using var reader = DescriptorReader.Open(DescriptorHandle.Open("/tmp", FileAccess.Read));
        Assert.Empty(await reader.ReadToEndAsync());
        Assert.Equal(Errno.EISDIR, reader.Failure);
    }

    [Fact]
    public void The_writing_end_of_a_pipe_is_not_read()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (read)
        {
            Descriptors.Write(write, "secret"u8);
            using var reader = DescriptorReader.Open(write);
            Assert.Equal(0, reader.Read(new byte[10]));
            Assert.Equal(Errno.EBADF, reader.Failure);
        }
    }

    [Fact]
    public async Task What_cannot_be_opened_anew_is_read_all_the_same()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using var reader = new DescriptorReader(read, DescriptorKind.MayBlock);
        Assert.Equal(DescriptorReader.WouldBlock, reader.Read(new byte[10]));
        var writing = WriteAndCloseAsync(write);
        Assert.Equal(Data, await reader.ReadToEndAsync());
        await writing;
    }

    [Fact]
    public async Task Shared_flags_never_change()
    {
        var (pipeRead, pipeWrite) = DescriptorPair.CreatePipe();
        var (socket, socketPeer) = DescriptorPair.CreateSockets();
        var (master, slave) = Descriptors.CreateTerminal();
        foreach (var (descriptor, peer) in new[] { (pipeRead, pipeWrite), (socket, socketPeer), (slave, master) })
        {
            using var shared = DescriptorHandle.Duplicate(descriptor);
            var before = Descriptors.FlagsOf(shared);
            using var reader = DescriptorReader.Open(descriptor);
            Assert.Equal(DescriptorReader.WouldBlock, reader.Read(new byte[10]));
            Descriptors.Write(peer, [1]);
            await reader.WaitAsync();
            Assert.Equal(1, reader.Read(new byte[10]));
            Assert.Equal(before, Descriptors.FlagsOf(shared));
            Assert.Equal(0, before & (int)OpenFlags.O_NONBLOCK);
            peer.Dispose();
        }
    }

    [Fact]
    public async Task Disposing_closes_everything()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (write)
        {
            var target = Descriptors.TargetOf(read);
            var reader = DescriptorReader.Open(read);
            Assert.Equal(2, Descriptors.CountOf(target));
            var called = false;
            reader.WhenReadable(() => called = true);
            reader.Dispose();
            reader.Dispose();
            Assert.Equal(1, Descriptors.CountOf(target));
            Assert.Equal(0, reader.Read(new byte[1]));
            reader.WhenReadable(() => called = true);
            using var other = DescriptorReader.Open(DescriptorHandle.Open("/dev/zero", FileAccess.Read));
            await other.WaitAsync();
            Assert.False(called);
        }
    }

    private static Task WriteAndCloseAsync(DescriptorHandle descriptor) => Task.Factory.StartNew(
        () =>
        {
            Descriptors.Write(descriptor, Data);
            descriptor.Dispose();
        },
        TaskCreationOptions.LongRunning);
}
