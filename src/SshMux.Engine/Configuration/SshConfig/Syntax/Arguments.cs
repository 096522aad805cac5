using System.Text;

namespace SshMux.Engine.Configuration.SshConfig.Syntax;

/// <summary>
/// The words behind a keyword, taken one after the other. Words are separated by spaces and tabs; <c>"</c> and <c>'</c>
/// quote, a backslash takes the meaning from a quote, a backslash, and outside of quotes a space; a word that begins with
/// <c>#</c> begins a comment.
/// </summary>
internal sealed class Arguments
{
    private readonly List<string> _words = [];
    private int _next;

    /// <summary>Splits the text behind a keyword.</summary>
    /// <exception cref="SettingProblem">A quote is not closed.</exception>
    public Arguments(string text)
    {
        Text = text;
        Split(text);
    }

    /// <summary>All of it, as it was written.</summary>
    public string Text { get; }

    /// <summary>How many words are left.</summary>
    public int Count => _words.Count - _next;

    /// <summary>The next word; null if there is none.</summary>
    public string? Next() => _next < _words.Count ? _words[_next++] : null;

    /// <summary>The next word, which must be there and not be empty.</summary>
    /// <exception cref="SettingProblem">It is not.</exception>
    public string Demand(string message = "Missing argument.") =>
        Next() is { Length: > 0 } word ? word : throw new SettingProblem(message);

    /// <summary>Takes all words that are left.</summary>
    public void Consume() => _next = _words.Count;

    private void Split(string text)
    {
        // The usual case, in which no character is more than itself.
        if (text.AsSpan().IndexOfAny("\"'\\#") < 0)
        {
            foreach (var range in text.AsSpan().SplitAny(' ', '\t'))
            {
                if (!text.AsSpan(range).IsEmpty) _words.Add(text[range]);
            }

            return;
        }

        var word = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is ' ' or '\t') continue;
            if (text[i] == '#') break;
            i = TakeWord(text, i, word.Clear());
            _words.Add(word.ToString());
        }
    }

    /// <summary>Takes a word that begins at a place; gives the place of what ends it.</summary>
    private static int TakeWord(string text, int i, StringBuilder word)
    {
        var quote = '\0';
        for (; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\')
            {
                var next = i + 1 < text.Length ? text[i + 1] : '\0';
                if (next is '\'' or '"' or '\\' || (quote == '\0' && next == ' ')) i++;
                word.Append(text[i]);
            }
            else if (quote == '\0' && c is ' ' or '\t')
            {
                break;
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                quote = c;
            }
            else if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else
            {
                word.Append(c);
            }
        }

        return quote == '\0' ? i : throw new SettingProblem("invalid quotes");
    }
}
