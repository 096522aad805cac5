using System.Text;

namespace SshMux.Engine.Platform.Terminals;

/// <summary>
/// Makes UTF-8 of the keys of Windows' console. With ENABLE_VIRTUAL_TERMINAL_INPUT the console itself makes sequences of
/// the keys without a character, and gives each of their characters as a key.
/// </summary>
internal sealed class ConsoleKeys
{
    private const ushort Alt = 0x12; // VK_MENU
    private const ushort Space = 0x20; // VK_SPACE
    private const ushort Two = 0x32;

    // The first half of a character that has two.
    private char _high;

    /// <summary>Adds what a record means to the bytes; nothing, if it is no key that writes.</summary>
    public void Add(in ConsoleRecord record, List<byte> bytes)
    {
        if (record.Kind != ConsoleRecord.Key || !Writes(record)) return;
        for (var i = Math.Max((int)record.Repeats, 1); i > 0; i--) Add((char)record.Character, bytes);
    }

    /// <summary>
    /// Whether the key has a character: one that goes down; Alt that goes up after digits; and, though its character is 0,
    /// Ctrl with the space, or with the key that has @ on it in most places.
    /// </summary>
    private static bool Writes(in ConsoleRecord record)
    {
        if (record.IsDown == 0) return record is { KeyCode: Alt, Character: not 0 };
        return record.Character != 0
            || ((record.ControlKeys & ConsoleRecord.Control) != 0 && record.KeyCode is Space or Two);
    }

    private void Add(char character, List<byte> bytes)
    {
        Rune rune;
        if (char.IsHighSurrogate(character))
        {
            if (_high != 0) AddRune(Rune.ReplacementChar, bytes);
            _high = character;
            return;
        }

        if (_high != 0)
        {
            if (!Rune.TryCreate(_high, character, out rune)) AddRune(Rune.ReplacementChar, bytes);
            _high = default;
            if (rune != default)
            {
                AddRune(rune, bytes);
                return;
            }
        }

        AddRune(Rune.TryCreate(character, out rune) ? rune : Rune.ReplacementChar, bytes);
    }

    private static void AddRune(Rune rune, List<byte> bytes)
    {
        Span<byte> encoded = stackalloc byte[4];
        bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
    }
}
