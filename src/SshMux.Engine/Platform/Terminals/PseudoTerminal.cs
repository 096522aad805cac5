using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>
/// A pair of terminals (pty(7)): the far end is given away and looks like somebody's terminal, the near end is that
/// somebody.
/// </summary>
internal sealed class PseudoTerminal : IDisposable
{
    private const uint SetWindowSize = 0x5414; // TIOCSWINSZ
    private const uint Unlock = 0x40045431; // TIOCSPTLCK
    private const uint GetNumber = 0x80045430; // TIOCGPTN

    private PseudoTerminal(DescriptorHandle near, DescriptorHandle far)
    {
        Near = near;
        Far = far;
    }

    public DescriptorHandle Near { get; }

    /// <summary>The end to pass to a master, and then to dispose.</summary>
    public DescriptorHandle Far { get; }

    /// <summary>Makes a pair with a size; it does not echo unless <paramref name="echo"/> is set.</summary>
    /// <exception cref="SshException">The system gives no (more) terminals.</exception>
    [UnsupportedOSPlatform("windows")]
    public static PseudoTerminal Open(WindowSize size, bool echo)
    {
        var near = DescriptorHandle.Open("/dev/ptmx", FileAccess.ReadWrite);
        try
        {
            Span<byte> number = stackalloc byte[4];
            number.Clear();
            if (LibC.Ioctl(near.Number, Unlock, number) != 0
                || LibC.Ioctl(near.Number, GetNumber, number) != 0)
            {
                throw DescriptorHandle.Failed("cannot make a terminal");
            }

            Span<ushort> fields = [size.Rows, size.Columns, size.WidthPixels, size.HeightPixels];
            _ = LibC.Ioctl(near.Number, SetWindowSize, MemoryMarshal.AsBytes(fields));
            if (!echo) _ = UnixTerminalMode.Change(near.Number, TerminalModes.HideAllInput);
            var far = DescriptorHandle.Open($"/dev/pts/{MemoryMarshal.Read<int>(number)}", FileAccess.ReadWrite);
            return new PseudoTerminal(near, far);
        }
        catch
        {
            near.Dispose();
            throw;
        }
    }

    /// <summary>From now on what is written to the near end arrives at the far end as it is.</summary>
    public void MakeRaw() => _ = UnixTerminalMode.Change(Near.Number, TerminalModes.MakeRaw);

    public void Dispose()
    {
        Far.Dispose();
        Near.Dispose();
    }
}
