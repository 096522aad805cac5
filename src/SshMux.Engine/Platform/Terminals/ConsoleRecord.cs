using System.Runtime.InteropServices;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>INPUT_RECORD of Windows' console, with what matters of KEY_EVENT_RECORD.</summary>
[StructLayout(LayoutKind.Explicit, Size = 20)]
internal struct ConsoleRecord
{
    /// <summary>KEY_EVENT.</summary>
    public const ushort Key = 0x1;

    /// <summary>LEFT_CTRL_PRESSED and RIGHT_CTRL_PRESSED.</summary>
    public const uint Control = 0x8 | 0x4;

    /// <summary>EventType.</summary>
    [FieldOffset(0)]
    public ushort Kind;

    /// <summary>bKeyDown: not 0 if the key goes down.</summary>
    [FieldOffset(4)]
    public int IsDown;

    /// <summary>wRepeatCount.</summary>
    [FieldOffset(8)]
    public ushort Repeats;

    /// <summary>wVirtualKeyCode.</summary>
    [FieldOffset(10)]
    public ushort KeyCode;

    /// <summary>uChar.UnicodeChar: a unit of UTF-16; 0 for a key without a character.</summary>
    [FieldOffset(14)]
    public ushort Character;

    /// <summary>dwControlKeyState.</summary>
    [FieldOffset(16)]
    public uint ControlKeys;
}
