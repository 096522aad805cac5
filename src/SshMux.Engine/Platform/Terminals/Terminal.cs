using System.Runtime.InteropServices;
using System.Text;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>What can be asked of, and done to, a terminal behind a descriptor.</summary>
internal static class Terminal
{
    private const uint GetWindowSize = 0x5413; // TIOCGWINSZ
    private const int InputQueue = 0; // TCIFLUSH

    /// <summary>Whether the descriptor is a terminal.</summary>
    public static bool IsTerminal(DescriptorHandle descriptor) => WithNumber(descriptor, IsTerminal);

    /// <summary>Whether a descriptor of this process, by its number, is a terminal.</summary>
    public static bool IsTerminal(int descriptor) => LibC.TcGetAttr(descriptor, out _) == 0;

    /// <summary>The size of the terminal, or null if the descriptor is none.</summary>
    public static WindowSize? GetSize(DescriptorHandle descriptor) => WithNumber(descriptor, GetSize);

    /// <summary>The size of the terminal behind a descriptor of this process, or null if that is none.</summary>
    public static WindowSize? GetSize(int descriptor)
    {
        // struct winsize: rows, columns, and both in pixels.
        Span<byte> bytes = stackalloc byte[8];
        if (LibC.Ioctl(descriptor, GetWindowSize, bytes) != 0) return null;
        var size = MemoryMarshal.Cast<byte, ushort>(bytes);
        return new WindowSize(size[1], size[0], size[2], size[3]);
    }

    /// <summary>
    /// The terminal's modes as pty-req carries them (RFC 4254 section 8), speeds included; only the end mark if the
    /// descriptor is no terminal.
    /// </summary>
    public static byte[] GetEncodedModes(DescriptorHandle descriptor) => WithNumber(descriptor, GetEncodedModes);

    /// <summary>
    /// The modes of the terminal behind a descriptor of this process as pty-req carries them; only the end mark if it
    /// is none.
    /// </summary>
    public static byte[] GetEncodedModes(int descriptor)
    {
        if (LibC.TcGetAttr(descriptor, out var attributes) != 0) return [TerminalModes.End];
        return TerminalModes.Encode(
            attributes, LibC.CfGetISpeed(attributes), LibC.CfGetOSpeed(attributes));
    }

    /// <summary>
    /// Puts the terminal into raw mode, in which every key goes through as it is; disposing the result restores what it
    /// was. Null if the descriptor is no terminal.
    /// </summary>
    /// <exception cref="SshException">The terminal refuses.</exception>
    public static TerminalMode? EnterRawMode(int descriptor) =>
        TerminalMode.Change(descriptor, TerminalModes.MakeRaw);

    /// <summary>Throws away what was typed and nobody has read; does nothing if the descriptor is no terminal.</summary>
    public static void DiscardInput(int descriptor) => _ = LibC.TcFlush(descriptor, InputQueue);

    /// <summary>
    /// Writes text to a descriptor as it is, past the Console, which has ideas of its own about the terminal; gives false
    /// if nobody takes it any more.
    /// </summary>
    public static unsafe bool Write(int descriptor, string text)
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

    private static T WithNumber<T>(DescriptorHandle descriptor, Func<int, T> function)
    {
        var held = false;
        try
        {
            descriptor.DangerousAddRef(ref held);
            return function(descriptor.Number);
        }
        finally
        {
            if (held) descriptor.DangerousRelease();
        }
    }
}
