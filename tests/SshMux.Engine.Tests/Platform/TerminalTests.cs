using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Terminals;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

public class TerminalTests
{
    [Fact]
    public void Tells_terminals_from_others()
    {
        var (master, slave) = Descriptors.CreateTerminal();
        var (read, write) = DescriptorPair.CreatePipe();
        using (master)
        using (slave)
        using (read)
        using (write)
        {
            Assert.True(Terminal.IsTerminal(slave));
            Assert.False(Terminal.IsTerminal(read));
            Assert.Null(Terminal.GetSize(read));
            Assert.Null(Terminal.EnterRawMode(read.Number));
            Assert.Equal([0], Terminal.GetEncodedModes(read));
        }
    }

    [Fact]
    public void Reads_the_size()
    {
        var (master, slave) = Descriptors.CreateTerminal();
        using (master)
        using (slave)
        {
            ushort[] size = [50, 132, 800, 600];
            Assert.Equal(0, LibC.Ioctl(master.Number, 0x5414 /* TIOCSWINSZ */, MemoryMarshal.AsBytes(size.AsSpan())));
            Assert.Equal(new WindowSize(132, 50, 800, 600), Terminal.GetSize(slave));
        }
    }

    [Fact]
    public async Task Encodes_the_modes_that_stty_sets()
    {
        var (master, slave) = Descriptors.CreateTerminal();
        using (master)
        using (slave)
        {
            var path = Descriptors.TargetOf(slave);
            var result = await ProcessResult.RunAsync("stty", [
                "-F", path, "sane", "-echo", "-icrnl", "iutf8", "intr", "^X", "quit", "undef", "ispeed", "115200", "ospeed", "115200"]);
            Assert.Equal("", result.ErrorOutput);
            var modes = Decode(Terminal.GetEncodedModes(slave));
            Assert.Equal(0x18u, modes[1]); // VINTR
            Assert.Equal(255u, modes[2]); // VQUIT
            Assert.Equal(0x7fu, modes[3]); // VERASE
            Assert.Equal(0u, modes[36]); // ICRNL
            Assert.Equal(1u, modes[42]); // IUTF8
            Assert.Equal(1u, modes[51]); // ICANON
            Assert.Equal(0u, modes[53]); // ECHO
            Assert.Equal(1u, modes[70]); // OPOST
            Assert.Equal(1u, modes[72]); // ONLCR
            Assert.Equal(1u, modes[91]); // CS8
            Assert.Equal(115200u, modes[128]);
            Assert.Equal(115200u, modes[129]);
        }
    }

    [Fact]
    public async Task Raw_mode_ends_where_it_began()
    {
        var (master, slave) = Descriptors.CreateTerminal();
        using (master)
        using (slave)
        {
            var path = Descriptors.TargetOf(slave);
            await ProcessResult.RunAsync("stty", ["-F", path, "sane"]);
            var before = Terminal.GetEncodedModes(slave);
            using (Terminal.EnterRawMode(slave.Number))
            {
                var modes = Decode(Terminal.GetEncodedModes(slave));
                Assert.Equal((0u, 0u, 0u, 0u), (modes[50], modes[51], modes[53], modes[70]));
            }

            Assert.Equal(before, Terminal.GetEncodedModes(slave));
        }
    }

    private static Dictionary<byte, uint> Decode(byte[] modes)
    {
        var decoded = new Dictionary<byte, uint>();
        var rest = modes.AsSpan();
        for (; rest[0] != 0; rest = rest[5..]) decoded.Add(rest[0], BinaryPrimitives.ReadUInt32BigEndian(rest[1..]));
        Assert.Equal(1, rest.Length);
        return decoded;
    }
}
