using System.Buffers;
using FsCheck;
using FsCheck.Fluent;

namespace SshMux.Engine.Tests.Configuration.SshConfig.Difference;

/// <summary>The ways in which a keyword and its value can be written.</summary>
internal static class LineWriting
{
    private static readonly SearchValues<char> Special = SearchValues.Create(" \t#\"'\\");

    private static readonly Gen<string> Separator = Gen.Frequency(
        (20, Gen.Constant(" ")), (3, Gen.Elements("=", " = ", " =", "= ")), (3, Gen.Elements("  ", "\t", " \t ")));

    private static readonly Gen<string> Gap = Gen.Frequency((20, Gen.Constant(" ")), (2, Gen.Elements("  ", "\t")));

    private static readonly Gen<string> End = Gen.Frequency(
        (30, Gen.Constant("")), (2, Gen.Elements(" ", "\t", "  \t", "\f", "\r")),
        (2, Gen.Elements(" # a comment", "\t#another \"comment", " #")));

    private static readonly Gen<string> TextEnd =
        Gen.Frequency((30, Gen.Constant("")), (2, Gen.Elements(" ", "\t", "\f", " # no comment")));

    /// <summary>A line of a file, or an option's argument.</summary>
    public static Gen<string> Write(string keyword, string[] words, bool isText = false) =>
        from name in Keyword(keyword)
        from separator in Separator
        from value in isText ? Gen.Constant(words.Length > 0 ? words[0] : "") : Join(words)
        from end in isText ? TextEnd : End
        select name + separator + value + end;

    /// <summary>
    /// Words with something between them, quoted where they have to be and sometimes where they need not.
    /// </summary>
    public static Gen<string> Join(string[] words) => words.Length == 0
        ? Gen.Constant("")
        : words.Skip(1).Aggregate(
            Word(words[0]),
            (line, word) => from text in line from gap in Gap from next in Word(word) select text + gap + next);

    /// <summary>A word as it may stand in a line whose words argv_split takes apart.</summary>
    public static Gen<string> Word(string word)
    {
        var quoted = "\"" + word.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
        if (word.Length == 0) return Gen.Elements("\"\"", "''");
        if (word.AsSpan().ContainsAny(Special)) return Gen.Constant(quoted);
        var half = word.Length / 2;
        return Gen.Frequency(
            (30, Gen.Constant(word)), (3, Gen.Constant(quoted)),
            (1, Gen.Elements($"'{word}'", $"{word[..half]}\"{word[half..]}\"", $"{word[..half]}''{word[half..]}")));
    }

    private static Gen<string> Keyword(string keyword) => Words.Rarely(
        2, Gen.Constant($"\"{keyword}\""), Words.InAnyCase(keyword));
}
