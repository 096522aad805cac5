using System.Buffers;

namespace SshMux.Engine.Configuration.SshConfig.Syntax;

/// <summary>A line of ssh_config(5), or an option of <c>-o</c>: a keyword, and the text behind it.</summary>
/// <param name="Keyword">The keyword in lower case.</param>
/// <param name="Rest">What follows it, behind blanks and one <c>=</c>; without blanks at its end.</param>
internal readonly record struct ConfigurationLine(string Keyword, string Rest)
{
    /// <summary>The blanks between words, and at the ends of a line.</summary>
    public const string Blanks = " \t\r\n";

    private static readonly SearchValues<char> Delimiters = SearchValues.Create(" \t\r\n\"=");

    /// <summary>
    /// Splits a line; false: there is nothing in it but blanks or a comment. As in ssh(1) a keyword may be quoted, and a
    /// line whose first quote has no other is passed over.
    /// </summary>
    public static bool TrySplit(ReadOnlySpan<char> line, out ConfigurationLine result)
    {
        result = default;

        // C's text ends at a NUL.
        if (line.IndexOf('\0') is >= 0 and var end) line = line[..end];
        if (line.IsEmpty) return false;

        // A form feed may end a line, but not be one.
        var last = line.LastIndexOfAnyExcept(" \t\r\n\f");
        line = line[..Math.Max(last + 1, 1)];
        if (!TakeKeyword(ref line, out var keyword)) return false;

        // What a line begins with, blanks or an equals sign.
        if (keyword.Length == 0 && !TakeKeyword(ref line, out keyword)) return false;
        if (keyword.Length == 0 || keyword[0] == '#') return false;
        result = new ConfigurationLine(Lower(keyword), line.TrimStart(Blanks).ToString());
        return true;
    }

    /// <summary>Text in lower case, as C has it: the letters A to Z alone.</summary>
    public static string Lower(string text) => string.Create(text.Length, text, static (lower, text) =>
    {
        for (var i = 0; i < lower.Length; i++)
        {
            lower[i] = char.IsAsciiLetterUpper(text[i]) ? (char)(text[i] | 0x20) : text[i];
        }
    });

    private static bool TakeKeyword(ref ReadOnlySpan<char> line, out string keyword)
    {
        keyword = "";
        var end = line.IndexOfAny(Delimiters);
        if (end < 0)
        {
            keyword = line.ToString();
            line = [];
            return true;
        }

        if (line[end] == '"')
        {
            var rest = line[(end + 1)..];
            var close = rest.IndexOf('"');
            if (close < 0) return false;
            keyword = string.Concat(line[..end], rest[..close]);
            line = rest[(close + 1)..].TrimStart(Blanks);
            return true;
        }

        keyword = line[..end].ToString();
        var equals = line[end] == '=';
        line = line[(end + 1)..].TrimStart(Blanks);

        // One sign of equality, and not two.
        if (!equals && line is ['=', ..]) line = line[1..].TrimStart(Blanks);
        return true;
    }
}
