using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>Handles of Windows' console.</summary>
[SupportedOSPlatform("windows")]
internal static class ConsoleHandles
{
    /// <summary>The handle that stands for descriptor 0, 1 or 2. Closing it does nothing.</summary>
    public static SafeFileHandle Standard(int descriptor) =>
        new(ConsoleCalls.GetStdHandle(ConsoleCalls.StandardInput - descriptor), ownsHandle: false);

    /// <summary>
    /// The console's input or output wherever the standard handles lead; null if this process has no console.
    /// </summary>
    public static SafeFileHandle? TryOpen(bool output)
    {
        var handle = new SafeFileHandle(
            ConsoleCalls.CreateFile(
                output ? "CONOUT$" : "CONIN$",
                ConsoleCalls.ReadAndWrite, ConsoleCalls.Share, 0, ConsoleCalls.OpenExisting, 0, 0),
            ownsHandle: true);
        if (!handle.IsInvalid) return handle;
        handle.Dispose();
        return null;
    }

    /// <summary>The size of the window; null if the handle is no console's output.</summary>
    public static WindowSize? SizeOf(SafeFileHandle output) =>
        !output.IsInvalid && ConsoleCalls.GetConsoleScreenBufferInfo(output, out var screen)
            ? new WindowSize(
                (ushort)(screen.Right - screen.Left + 1), (ushort)(screen.Bottom - screen.Top + 1), 0, 0)
            : null;

    /// <summary>Writes text, whatever the console's code page is; false if there is no console any more.</summary>
    public static unsafe bool TryWrite(SafeFileHandle output, ReadOnlySpan<char> text)
    {
        fixed (char* start = text)
        {
            for (var done = 0; done < text.Length;)
            {
                var left = (uint)(text.Length - done);
                if (!ConsoleCalls.WriteConsole(output, start + done, left, out var written, 0)) return false;
                done += (int)written;
            }
        }

        return true;
    }

    /// <summary>What the system's last error of this thread says.</summary>
    public static SshException Failed(string what)
    {
        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        return new SshException(SshError.NotSupported, $"{what}: {error.Message}", error);
    }
}
