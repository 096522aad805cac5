using System.Runtime.InteropServices;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>
/// CONSOLE_SCREEN_BUFFER_INFO of Windows' console, with what matters of it: srWindow, the part that is seen.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 22)]
internal struct ConsoleScreen
{
    [FieldOffset(10)]
    public short Left;

    [FieldOffset(12)]
    public short Top;

    [FieldOffset(14)]
    public short Right;

    [FieldOffset(16)]
    public short Bottom;
}
