using System.Text;
using System.Text.Unicode;

namespace SshMux.Engine.Wire;

/// <summary>
/// Text that may have bytes in it that are no UTF-8, such as a file name in a command line: each of them is a lone
/// surrogate, U+DC80 to U+DCFF, in the string, and itself again in the bytes.
/// </summary>
internal static class ByteText
{
    private const int Base = 0xDC00;

    /// <summary>The text of bytes.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var count) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[count..];
                continue;
            }

            text.Append((char)(Base + bytes[0]));
            bytes = bytes[1..];
        }

        return text.ToString();
    }

    /// <summary>
    /// Whether text needs no byte but UTF-8's (a lone surrogate of another kind has no bytes at all, and counts as a
    /// replacement character).
    /// </summary>
    public static bool IsUtf8(string text)
    {
        // A low surrogate is a byte if no high one is before it.
        for (var i = text.AsSpan().IndexOfAnyInRange('\uDC80', '\uDCFF'); i >= 0 && i < text.Length; i++)
        {
            if (text[i] is >= '\uDC80' and <= '\uDCFF' && (i == 0 || !char.IsHighSurrogate(text[i - 1]))) return false;
        }

        return true;
    }

    /// <summary>How many bytes the text has.</summary>
    public static int CountBytes(string text) =>
        IsUtf8(text) ? Encoding.UTF8.GetByteCount(text) : Encode(text).Length;

    /// <summary>The bytes of text.</summary>
    public static byte[] Encode(string text)
    {
        if (IsUtf8(text)) return Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(text.Length + 16);
        Span<byte> encoded = stackalloc byte[4];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is >= '\uDC80' and <= '\uDCFF')
            {
                bytes.Add((byte)(text[i] - Base));
                continue;
            }

            var rune = Rune.TryGetRuneAt(text, i, out var valid) ? valid : Rune.ReplacementChar;
            bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            i += rune.Utf16SequenceLength - 1;
        }

        return [.. bytes];
    }
}
