using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SshMux.Engine.Platform;

/// <summary><c>struct termios</c> as glibc and musl have it on Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TerminalAttributes
{
    public uint InputFlags;
    public uint OutputFlags;
    public uint ControlFlags;
    public uint LocalFlags;
    public byte LineDiscipline;
    public ControlCharacters Characters;
    public uint InputSpeed;
    public uint OutputSpeed;

    /// <summary><c>c_cc</c>.</summary>
    [InlineArray(32)]
    public struct ControlCharacters
    {
        private byte _first;
    }
}
