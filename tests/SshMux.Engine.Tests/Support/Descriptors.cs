using System.Runtime.InteropServices;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Tests.Support;

/// <summary>What tests do with plain descriptors.</summary>
internal static partial class Descriptors
{
    /// <summary>What a descriptor refers to ("pipe:[4711]"), unique in the system as long as it is open.</summary>
    public static string TargetOf(DescriptorHandle descriptor) =>
        new FileInfo($"/proc/self/fd/{descriptor.Number}").LinkTarget!;

    /// <summary>How many descriptors of this process refer to a target.</summary>
    public static int CountOf(string target) => Directory.GetFiles("/proc/self/fd").Count(file =>
    {
        try
        {
            return new FileInfo(file).LinkTarget == target;
        }
        catch (IOException)
        {
            return false; // closed meanwhile by another test
        }
    });

    /// <summary>The flags of the file description (F_GETFL).</summary>
    public static int FlagsOf(DescriptorHandle descriptor) =>
        LibC.Fcntl(descriptor.Number, LibC.GetFlags, 0);

    /// <summary>Whether the descriptor is close-on-exec.</summary>
    public static bool IsCloseOnExec(DescriptorHandle descriptor) =>
        !DescriptorInheritance.IsAllowed(descriptor.Number);

    /// <summary>Writes with a plain, blocking write(2).</summary>
    public static unsafe void Write(DescriptorHandle descriptor, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            fixed (byte* start = data)
            {
                var count = Syscall.write(descriptor.Number, start, (ulong)data.Length);
                Assert.True(count > 0, $"write: {Stdlib.GetLastError()}");
                data = data[(int)count..];
            }
        }
    }

    /// <summary>Reads with a plain, blocking read(2); 0 at the end (and on a hung-up terminal).</summary>
    public static unsafe int Read(DescriptorHandle descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return Math.Max(0, (int)Syscall.read(descriptor.Number, start, (ulong)buffer.Length));
        }
    }

    /// <summary>Reads so many bytes with plain, blocking read(2)s; fails at an earlier end.</summary>
    public static byte[] ReadExactly(DescriptorHandle descriptor, int count)
    {
        var data = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = Read(descriptor, data.AsSpan(read));
            Assert.NotEqual(0, more);
            read += more;
        }

        return data;
    }

    /// <summary>Whether a read would not have to wait.</summary>
    public static bool IsReadable(DescriptorHandle descriptor)
    {
        Pollfd[] wanted = [new Pollfd { fd = descriptor.Number, events = PollEvents.POLLIN }];
        return Syscall.poll(wanted, 1, 0) > 0;
    }

    /// <summary>Reads everything until the end on a thread of its own.</summary>
    public static Task<byte[]> ReadToEndAsync(DescriptorHandle descriptor) => Task.Factory.StartNew(
        () =>
        {
            var all = new MemoryStream();
            var buffer = new byte[65536];
            for (int count; (count = Read(descriptor, buffer)) > 0;) all.Write(buffer, 0, count);
            return all.ToArray();
        },
        TaskCreationOptions.LongRunning);

    /// <summary>A pseudo-terminal in raw mode: the side of the emulator and the side of the program.</summary>
    public static (DescriptorHandle Master, DescriptorHandle Slave) CreateTerminal()
    {
        var master = DescriptorHandle.Open("/dev/ptmx", FileAccess.ReadWrite);
        Assert.Equal(0, UnlockPt(master.Number));
        Span<byte> number = stackalloc byte[4];
        Assert.Equal(0, LibC.Ioctl(master.Number, 0x80045430 /* TIOCGPTN */, number));
        var slave = DescriptorHandle.Open($"/dev/pts/{MemoryMarshal.Read<int>(number)}", FileAccess.ReadWrite);
        UnixTerminalMode.Change(slave.Number, TerminalModes.MakeRaw);
        return (master, slave);
    }

    /// <summary>Changes a terminal's size.</summary>
    public static void SetSize(DescriptorHandle terminal, ushort rows, ushort columns)
    {
        Span<byte> size = stackalloc byte[8];
        BitConverter.TryWriteBytes(size, rows);
        BitConverter.TryWriteBytes(size[2..], columns);
        Assert.Equal(0, LibC.Ioctl(terminal.Number, 0x5414 /* TIOCSWINSZ */, size));
    }

    /// <summary>How many bytes a read would give.</summary>
    public static int CountReadable(DescriptorHandle descriptor)
    {
        Span<byte> count = stackalloc byte[4];
        Assert.Equal(0, LibC.Ioctl(descriptor.Number, 0x541b /* FIONREAD */, count));
        return BitConverter.ToInt32(count);
    }

    /// <summary>Reads until the end through a <see cref="DescriptorReader"/>.</summary>
    public static async Task<byte[]> ReadToEndAsync(this DescriptorReader reader)
    {
        var all = new MemoryStream();
        var buffer = new byte[65536];
        while (true)
        {
            var count = reader.Read(buffer);
            if (count == 0) return all.ToArray();
            if (count > 0) all.Write(buffer, 0, count);
            if (count > 0 && (count == buffer.Length || !reader.ShortReadMeansEmpty)) continue;
            await reader.WaitAsync();
        }
    }

    /// <summary>Completes when the reader may have something.</summary>
    public static Task WaitAsync(this DescriptorReader reader)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        reader.WhenReadable(() => ready.TrySetResult());
        return ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Completes when the writer may have room.</summary>
    public static Task WaitAsync(this DescriptorWriter writer)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        writer.WhenWritable(() => ready.TrySetResult());
        return ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Writes everything through a <see cref="DescriptorWriter"/>; gives false if it is broken.</summary>
    public static async Task<bool> WriteAllAsync(this DescriptorWriter writer, ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            var count = writer.Write(data.Span);
            if (count == DescriptorWriter.Broken) return false;
            if (count == DescriptorWriter.WouldBlock) await writer.WaitAsync();
            else data = data[count..];
        }

        while (!writer.IsIdle) await writer.WaitAsync();
        return writer.Failure == 0;
    }

    /// <summary>Polls until a condition holds.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what, int seconds = 30)
    {
        var deadline = Environment.TickCount64 + seconds * 1000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < deadline, $"still not after {seconds} s: {what}");
            await Task.Delay(5);
        }
    }

    /// <summary>Bytes that differ enough to find a hole or a repetition.</summary>
    public static byte[] RandomBytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int UnlockPt(int master);
}
