using System.Text;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Terminals;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>Terminals that this process makes, and what it says and does to one.</summary>
public class PseudoTerminalTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_has_a_size_and_echoes_if_that_is_wanted(bool echo)
    {
        using var terminal = PseudoTerminal.Open(new WindowSize(132, 50, 800, 600), echo);
        Assert.True(Terminal.IsTerminal(terminal.Far));
        Assert.Equal(new WindowSize(132, 50, 800, 600), Terminal.GetSize(terminal.Far));
        Descriptors.Write(terminal.Near, "typed\n"u8);
        Assert.Equal("typed\n"u8.ToArray(), Descriptors.ReadExactly(terminal.Far, 6)); // the echo is made with the line
        Assert.Equal(echo, Descriptors.IsReadable(terminal.Near));
        if (echo) Assert.Equal("typed\r\n"u8.ToArray(), Descriptors.ReadExactly(terminal.Near, 7));
    }

    [Fact]
    public void Raw_it_changes_nothing()
    {
        using var terminal = PseudoTerminal.Open(new WindowSize(80, 24, 0, 0), echo: true);
        terminal.MakeRaw();
        byte[] keys = [3, 4, 13, 26, 255];
        Descriptors.Write(terminal.Near, keys);
        Assert.Equal(keys, Descriptors.ReadExactly(terminal.Far, keys.Length));
        Descriptors.Write(terminal.Far, "a\nb"u8);
        Assert.Equal("a\nb"u8.ToArray(), Descriptors.ReadExactly(terminal.Near, 3));
        Assert.False(Descriptors.IsReadable(terminal.Near)); // no echo
    }

    [Fact]
    public void Closing_it_hangs_up_the_far_end()
    {
        var terminal = PseudoTerminal.Open(new WindowSize(80, 24, 0, 0), echo: false);
        using var kept = DescriptorHandle.Duplicate(terminal.Far);
        terminal.Dispose();
        Assert.Equal(0, Descriptors.Read(kept, new byte[1]));
    }

    [Fact]
    public void What_was_typed_and_not_read_is_thrown_away()
    {
        using var terminal = PseudoTerminal.Open(new WindowSize(80, 24, 0, 0), echo: false);
        terminal.MakeRaw();
        Descriptors.Write(terminal.Near, "too early"u8);
        Assert.True(Descriptors.IsReadable(terminal.Far));
        Terminal.DiscardInput(terminal.Far.Number);
        Assert.False(Descriptors.IsReadable(terminal.Far));
    }

    [Fact]
    public void A_changed_mode_goes_while_the_process_is_stopped_and_for_good_at_the_end()
    {
        using var terminal = PseudoTerminal.Open(new WindowSize(80, 24, 0, 0), echo: true);
        var before = Terminal.GetEncodedModes(terminal.Far);
        var mode = Terminal.EnterRawMode(terminal.Far.Number)!;
        var raw = Terminal.GetEncodedModes(terminal.Far);
        Assert.NotEqual(before, raw);
        mode.Suspend();
        Assert.Equal(before, Terminal.GetEncodedModes(terminal.Far));
        mode.Reapply();
        Assert.Equal(raw, Terminal.GetEncodedModes(terminal.Far));
        mode.Dispose();
        Assert.Equal(before, Terminal.GetEncodedModes(terminal.Far));

        // It is over: what comes late changes nothing.
        mode.Reapply();
        Assert.Equal(before, Terminal.GetEncodedModes(terminal.Far));
        using (Terminal.EnterRawMode(terminal.Far.Number))
        {
            mode.Suspend();
            mode.Dispose();
            Assert.Equal(raw, Terminal.GetEncodedModes(terminal.Far));
        }
    }

    [Fact]
    public void Only_the_echo_is_hidden_or_shown()
    {
        using var terminal = PseudoTerminal.Open(new WindowSize(80, 24, 0, 0), echo: true);
        Assert.True(TerminalModes.HasEcho(Terminal.GetEncodedModes(terminal.Far)));
        using (UnixTerminalMode.Change(terminal.Far.Number, TerminalModes.HideInput))
        {
            Assert.False(TerminalModes.HasEcho(Terminal.GetEncodedModes(terminal.Far)));
            Descriptors.Write(terminal.Near, "secret\n"u8);
            Assert.Equal("secret\n"u8.ToArray(), Descriptors.ReadExactly(terminal.Far, 7));
            Assert.Equal("\r\n"u8.ToArray(), Descriptors.ReadExactly(terminal.Near, 2)); // the line end alone
        }

        using (Terminal.EnterRawMode(terminal.Far.Number))
        using (UnixTerminalMode.Change(terminal.Far.Number, TerminalModes.ShowInput))
        {
            Assert.True(TerminalModes.HasEcho(Terminal.GetEncodedModes(terminal.Far)));
        }
    }

    [Fact]
    public void Modes_without_echo_say_so_and_those_that_say_nothing_have_it()
    {
        Assert.False(TerminalModes.HasEcho(TerminalModes.WithoutEcho()));
        Assert.True(TerminalModes.HasEcho([]));
        Assert.True(TerminalModes.HasEcho([0]));
        Assert.True(TerminalModes.HasEcho([1, 0, 0, 0, 3, 53, 0, 0])); // cut off within it
        Assert.True(TerminalModes.HasEcho([0, 53, 0, 0, 0, 0])); // behind the end
    }

    [Theory]
    [InlineData(15u, 38400u)] // B38400, as glibc before 2.42 and musl have it
    [InlineData(0x1001u, 57600u)]
    [InlineData(0x100fu, 4_000_000u)]
    [InlineData(250_000u, 250_000u)] // a rate itself
    public void Speeds_are_rates_whichever_way_the_system_says_them(uint speed, uint rate)
    {
        var modes = TerminalModes.Encode(default, speed, speed);
        foreach (var at in (int[])[0, 5])
        {
            Assert.Equal(rate, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(modes.AsSpan(at + 1)));
        }
    }

    [Fact]
    public async Task A_message_waits_for_its_reader_and_ends_with_it()
    {
        var (read, write) = DescriptorPair.CreatePipe();
        using (write)
        {
            // Somebody else made it non-blocking.
            var flags = LibC.Fcntl(write.Number, LibC.GetFlags, 0);
            Assert.Equal(0, LibC.Fcntl(write.Number, LibC.SetFlags, flags | (int)OpenFlags.O_NONBLOCK));
            var text = new string('ü', 100_000);
            var writing = Task.Run(() => Terminal.Write(write.Number, text));
            Assert.Equal(text, Encoding.UTF8.GetString(Descriptors.ReadExactly(read, 200_000)));
            Assert.True(await writing);
            Assert.True(Terminal.Write(write.Number, ""));
            read.Dispose();
            Assert.False(Terminal.Write(write.Number, "x"));
        }
    }
}
