using System.Text;

namespace SshMux.Engine.Transport;

/// <summary>Makes what a peer sent safe to show on a terminal.</summary>
public static class Printable
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
            var category = Rune.GetUnicodeCategory(rune);
            var unsafeToShow = category is System.Globalization.UnicodeCategory.Control
                or System.Globalization.UnicodeCategory.Format
                or System.Globalization.UnicodeCategory.LineSeparator
                or System.Globalization.UnicodeCategory.ParagraphSeparator
                or System.Globalization.UnicodeCategory.OtherNotAssigned;
            result.Append(unsafeToShow ? "?" : rune.ToString());
        }

        return result.ToString();
    }

    /// <summary>The same for bytes that should be UTF-8.</summary>
    public static string Text(ReadOnlySpan<byte> bytes, int maxLength = 256) =>
        Text(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 4 * maxLength)]), maxLength);
}
