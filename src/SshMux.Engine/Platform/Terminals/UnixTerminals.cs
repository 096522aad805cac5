using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>Terminals behind descriptors (termios(3), tty_ioctl(4)).</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixTerminals : SystemTerminals
{
    private const uint GetWindowSize = 0x5413; // TIOCGWINSZ
    private const int InputQueue = 0; // TCIFLUSH

    /// <inheritdoc/>
    public override string UsualKind => "";

    /// <inheritdoc/>
    public override bool IsTerminal(int descriptor) => LibC.TcGetAttr(descriptor, out _) == 0;

    /// <inheritdoc/>
    public override WindowSize? GetSize(int descriptor)
    {
        // struct winsize: rows, columns, and both in pixels.
        Span<byte> bytes = stackalloc byte[8];
        if (LibC.Ioctl(descriptor, GetWindowSize, bytes) != 0) return null;
        var size = MemoryMarshal.Cast<byte, ushort>(bytes);
        return new WindowSize(size[1], size[0], size[2], size[3]);
    }

    /// <inheritdoc/>
    public override byte[] GetEncodedModes(int descriptor)
    {
        if (LibC.TcGetAttr(descriptor, out var attributes) != 0) return [TerminalModes.End];
        return TerminalModes.Encode(
            attributes, LibC.CfGetISpeed(attributes), LibC.CfGetOSpeed(attributes));
    }

    /// <inheritdoc/>
    public override TerminalMode? EnterRawMode(int descriptor) =>
        UnixTerminalMode.Change(descriptor, TerminalModes.MakeRaw);

    /// <inheritdoc/>
    public override bool IsForeground(int descriptor)
    {
        var foreground = Syscall.tcgetpgrp(descriptor);
        return foreground < 0 || foreground == Syscall.getpgid(0);
    }

    /// <inheritdoc/>
    public override bool IsJob(int descriptor)
    {
        // Without job control all that a session runs is in the group of its leader.
        var group = Syscall.getpgid(0);
        return Syscall.tcgetpgrp(descriptor) == group && group != Syscall.getsid(0);
    }

    /// <inheritdoc/>
    public override void DiscardInput(int descriptor) => _ = LibC.TcFlush(descriptor, InputQueue);

    /// <inheritdoc/>
    public override unsafe bool Write(int descriptor, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes.AsSpan())
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = Syscall.write(descriptor, start + done, (ulong)(bytes.Length - done));
                if (count >= 0)
                {
                    done += (int)count;
                    continue;
                }

                // Somebody else made the descriptor non-blocking: a message is worth a moment's turn for the reader.
                var error = SystemError.Last;
                if (error == Errno.EAGAIN) Thread.Yield();
                else if (error != Errno.EINTR) return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override IDisposable? WatchSize(Action onResize) =>
        PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => onResize());
}
