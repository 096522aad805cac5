#pragma warning disable CA1416 // each test asks for Windows itself; the assembly as a whole is for other systems
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SshMux.Engine.Platform.Terminals;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>Windows' console, where this process has one: keys are put into its input as the console itself does.</summary>
[Collection("console")]
[Trait("System", "any")]
public sealed partial class ConsoleWindowsTests
{
    private const string NoConsole = "for a process of Windows with a console";

    private static SafeFileHandle? Open(bool output) =>
        OperatingSystem.IsWindows() ? ConsoleHandles.TryOpen(output) : null;

    [Fact]
    public void Raw_mode_ends_where_it_began()
    {
        using var input = Open(output: false);
        using var output = Open(output: true);
        Assert.SkipWhen(!OperatingSystem.IsWindows() || input is null || output is null, NoConsole);
        Assert.True(ConsoleCalls.GetConsoleMode(input, out var read));
        Assert.True(ConsoleCalls.GetConsoleMode(output, out var written));
        using (var mode = ConsoleMode.EnterRaw(input, output))
        {
            Assert.NotNull(mode);
            Assert.Equal((0x208u, 0xdu), ModesOf(input, output, 0x217 | 0x8, 0xd));
            mode.Suspend();
            Assert.Equal((read, written), ModesOf(input, output));
            mode.Reapply();
            Assert.Equal((0x208u, 0xdu), ModesOf(input, output, 0x217 | 0x8, 0xd));
        }

        Assert.Equal((read, written), ModesOf(input, output));
    }

    [Fact]
    public void A_hidden_line_leaves_signals_alone()
    {
        using var input = Open(output: false);
        Assert.SkipWhen(!OperatingSystem.IsWindows() || input is null, NoConsole);
        using var mode = ConsoleMode.HideInput(input);
        Assert.True(ConsoleCalls.GetConsoleMode(input, out var read));
        Assert.Equal(0x1u, read & 0x7);
    }

    [Fact]
    public async Task Keys_are_read_until_the_reader_is_disposed()
    {
        using var input = Open(output: false);
        Assert.SkipWhen(!OperatingSystem.IsWindows() || input is null, NoConsole);
        Assert.True(ConsoleCalls.FlushConsoleInputBuffer(input));
        var keys = new ConsoleKeys();
        List<byte> typed = [];
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (ConsoleReader.Start(
            input,
            records =>
            {
                lock (typed)
                {
                    foreach (ref readonly var record in records.Span) keys.Add(record, typed);
                }

                return true;
            },
            () => ended.TrySetResult()))
        {
            Type(input, "€😀\r");
            await Eventually.TrueAsync(() => Text() == "€😀\r", "the keys are read");
        }

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Type(input, "x");
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal("€😀\r", Text());
        Assert.True(ConsoleCalls.FlushConsoleInputBuffer(input));

        string Text()
        {
            lock (typed) return Encoding.UTF8.GetString([.. typed]);
        }
    }

    [Fact]
    public async Task Text_is_written_and_the_writer_ends()
    {
        using var output = Open(output: true);
        Assert.SkipWhen(!OperatingSystem.IsWindows() || output is null, NoConsole);
        var writer = new ConsoleWriter(output);
        var text = "€\r\n"u8.ToArray();
        await writer.WriteAsync(text.AsMemory(0, 1)).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await writer.WriteAsync(text.AsMemory(1)).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        writer.Dispose();
        Assert.True(writer.WriteAsync(text).IsCompleted);
        Assert.NotNull(ConsoleHandles.SizeOf(output));
    }

    private static (uint Read, uint Written) ModesOf(
        SafeFileHandle input, SafeFileHandle output, uint readMask = uint.MaxValue, uint writtenMask = uint.MaxValue)
    {
        Assert.True(ConsoleCalls.GetConsoleMode(input, out var read));
        Assert.True(ConsoleCalls.GetConsoleMode(output, out var written));
        return (read & readMask, written & writtenMask);
    }

    private static void Type(SafeFileHandle input, string keys)
    {
        ConsoleRecord[] records = [.. keys.Select(unit => new ConsoleRecord
        {
            Kind = ConsoleRecord.Key, IsDown = 1, Repeats = 1, Character = unit,
        })];
        Assert.True(WriteConsoleInput(input, MemoryMarshal.AsBytes<ConsoleRecord>(records), (uint)records.Length, out _));
    }

    [LibraryImport("kernel32.dll", EntryPoint = "WriteConsoleInputW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool WriteConsoleInput(
        SafeHandle console, ReadOnlySpan<byte> records, uint length, out uint count);
}
