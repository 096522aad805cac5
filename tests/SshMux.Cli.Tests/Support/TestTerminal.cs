using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>A terminal emulator for one program: types, reads the screen's bytes, resizes.</summary>
internal sealed partial class TestTerminal : IAsyncDisposable
{
    private const uint GetNumber = 0x80045430; // TIOCGPTN
    private const uint SetWindowSize = 0x5414; // TIOCSWINSZ

    private readonly string _device;
    private readonly FileStream _master;
    private readonly Process _process;

    // Our own hold on the program's side: without one the emulator's side fails whenever no program has it open.
    private readonly DescriptorHandle _slave;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;

    private TestTerminal(string device, FileStream master, DescriptorHandle slave, Process process)
    {
        _device = device;
        _master = master;
        _slave = slave;
        _process = process;
        _reading = Task.Factory.StartNew(Read, TaskCreationOptions.LongRunning);
    }

    /// <summary>The program's process: what we started, or a child of it if setsid(1) had to fork.</summary>
    public int ProgramId => Children.Of(_process.Id) is [var child] ? child : _process.Id;

    /// <summary>All that was written to the terminal so far.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    /// <summary>
    /// Starts a program with a terminal of its own as its controlling terminal and standard descriptors.
    /// </summary>
    public static TestTerminal Start(string program, params IEnumerable<string> arguments)
    {
        var master = new FileStream("/dev/ptmx", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        Span<byte> number = stackalloc byte[4];
        Assert.Equal(0, UnlockPt(master.SafeFileHandle));
        Assert.Equal(0, Ioctl(master.SafeFileHandle, GetNumber, number));
        var device = $"/dev/pts/{MemoryMarshal.Read<int>(number)}";
        var slave = DescriptorHandle.Open(device, FileAccess.ReadWrite);
        Resize(master.SafeFileHandle, 80, 24);

        // exec keeps one process less between us and the program, setsid gives it the terminal and passes its status
        // on.
        var start = new ProcessStartInfo("sh");
        foreach (var argument in (string[])
            ["-c", $"exec setsid -c -w \"$@\" <{device} >{device} 2>&1", "sh", program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["TERM"] = "xterm-test";
        return new TestTerminal(device, master, slave, Process.Start(start)!);
    }

    /// <summary>Types text; "\r" is the Enter key.</summary>
    public void Type(string keys) => _master.Write(Encoding.UTF8.GetBytes(keys));

    /// <summary>Changes the size; the system sends SIGWINCH.</summary>
    public void Resize(int columns, int rows) => Resize(_master.SafeFileHandle, columns, rows);

    /// <summary>Waits until the terminal shows a text.</summary>
    public async Task WaitForAsync(string text, int times = 1)
    {
        try
        {
            await Wait.UntilAsync(() => Count(Output, text) >= times, $"'{text}' is shown");
        }
        catch (Exception e)
        {
            throw new TimeoutException($"{e.Message}\nshown instead: {Output}");
        }
    }

    /// <summary>Whether keys are shown as they are typed (ECHO).</summary>
    public async Task<bool> EchoesAsync()
    {
        var result = await ProcessResult.RunAsync("stty", ["-a", "-F", _device]);
        Assert.Equal(0, result.ExitCode);
        return result.Output.Contains(" echo ", StringComparison.Ordinal);
    }

    /// <summary>The program's exit status.</summary>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the program does not end; shown: {Output}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _slave.Dispose();
        await _reading.WaitAsync(TimeSpan.FromSeconds(30));
        await _master.DisposeAsync();
    }

    private static int Count(string text, string part)
    {
        var count = 0;
        for (var at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length) count++;
        return count;
    }

    private static void Resize(SafeFileHandle terminal, int columns, int rows)
    {
        ReadOnlySpan<ushort> size = [(ushort)rows, (ushort)columns, 0, 0];
        var bytes = MemoryMarshal.AsBytes(size).ToArray();
        Assert.Equal(0, Ioctl(terminal, SetWindowSize, bytes));
    }

    private void Read()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var count = _master.Read(buffer);
                lock (_output) _output.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // EIO: nobody has the terminal open any more.
        }
    }

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int UnlockPt(SafeFileHandle terminal);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle terminal, nuint request, Span<byte> argument);
}
