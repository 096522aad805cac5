using System.Management.Automation;
using System.Management.Automation.Language;
using SshMux.Engine.Wire;

namespace SshMux.PowerShell.Completion;

/// <summary>The word under the cursor: what of it was typed, and how its completion is quoted.</summary>
internal sealed class CompletionWord
{
    private const string SafeCharacters = "-_./~@:+=%";

    private readonly char? _quote;

    public CompletionWord(string word)
    {
        _quote = word.Length > 0 && word[0] is '\'' or '"' ? word[0] : null;
        Text = word.Trim('\'', '"');
    }

    /// <summary>What was typed, without quotes.</summary>
    public string Text { get; }

    /// <summary>
    /// The candidates' completions. Completing must never get in the way of typing: files that cannot be read, a
    /// configuration that makes no sense or the like mean that there is nothing to offer.
    /// </summary>
    public static IEnumerable<CompletionResult> Offer(Func<IEnumerable<CompletionResult>> candidates)
    {
        try
        {
            return [.. candidates()];
        }
#pragma warning disable CA1031 // as said above: whatever it is
        catch (Exception)
#pragma warning restore CA1031
        {
            return [];
        }
    }

    /// <summary>Whether a candidate begins with what was typed.</summary>
    public bool Begins(string candidate) => candidate.StartsWith(Text, StringComparison.OrdinalIgnoreCase);

    /// <summary>A completion, quoted where PowerShell would read it differently.</summary>
    public CompletionResult Result(string text, string listText, string toolTip) =>
        new(
            Quote(text),
            Printable.Lines(listText),
            CompletionResultType.ParameterValue,
            Printable.Lines(toolTip.Length == 0 ? text : toolTip));

    private string Quote(string text)
    {
        // A leading @ or - would be a splatted variable or a parameter, % and = alone are operators.
        var isSafe = char.IsAsciiLetterOrDigit(text[0]) || text[0] is '/' or '~' or '_';
        isSafe &= text.All(c => char.IsAsciiLetterOrDigit(c)
            || SafeCharacters.Contains(c, StringComparison.Ordinal)
            || c == Path.DirectorySeparatorChar);
        if (_quote == '"' && text.AsSpan().IndexOfAny("`$\"") < 0) return $"\"{text}\"";
        return isSafe && _quote is null ? text : $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";
    }
}
