using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SshMux.Engine.Wire;

/// <summary>Makes what a peer sent safe to show on a terminal.</summary>
internal static partial class Printable
{
    /// <summary>
    /// The text with every control and format character (terminal escapes, bidirectional overrides) replaced by '?',
    /// and cut after <paramref name="maxLength"/> characters.
    /// </summary>
    public static string Text(string text, int maxLength = 256)
    {
        var result = new StringBuilder(Math.Min(text.Length, maxLength));
        foreach (var rune in text.EnumerateRunes())
        {
            if (result.Length >= maxLength) return result.Append("...").ToString();
            result.Append(IsUnsafe(rune) ? "?" : rune.ToString());
        }

        return result.ToString();
    }

    /// <summary>
    /// A text of any length and any number of lines, which stay lines (LF); tabs become blanks, colours (SGR sequences)
    /// are left out, and everything else that <see cref="Text(string, int)"/> replaces is replaced. A text without any
    /// of that is given as it is.
    /// </summary>
    public static string Lines(string text)
    {
        var isSafe = true;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\n' || !IsUnsafe(rune)) continue;
            isSafe = false;
            break;
        }

        if (isSafe) return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in Colours().Replace(text, "").ReplaceLineEndings("\n").EnumerateRunes())
        {
            if (rune.Value == '\n') result.Append('\n');
            else if (rune.Value == '\t') result.Append(' ');
            else result.Append(IsUnsafe(rune) ? "?" : rune.ToString());
        }

        return result.ToString();
    }

    /// <summary>The text of bytes that should be UTF-8, with control characters replaced, and cut.</summary>
    public static string Text(ReadOnlySpan<byte> bytes, int maxLength = 256) =>
        Text(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 4 * maxLength)]), maxLength);

    private static bool IsUnsafe(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control
        or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.OtherNotAssigned;

    [GeneratedRegex("\u001b\\[[0-9;:]*m", RegexOptions.CultureInvariant)]
    private static partial Regex Colours();
}
