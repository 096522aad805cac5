using SshMux.Cli.Output;

namespace SshMux.Cli.Arguments;

/// <summary>
/// Takes option letters off a command line as the getopt(3) of the BSDs does, which is ssh(1)'s own on every system:
/// letters may be clustered, a value may be attached or come as the next argument, and options end at the first
/// argument that is none, or after "--".
/// </summary>
/// <param name="arguments">The command line, without the program's name.</param>
/// <param name="letters">The option letters; one that takes a value is followed by a colon.</param>
internal sealed class OptionScanner(IReadOnlyList<string> arguments, string letters)
{
    private string _cluster = "";

    /// <summary>The index of the next argument that is not taken yet.</summary>
    public int Index { get; private set; }

    /// <summary>The value of the last option that takes one.</summary>
    public string Value { get; private set; } = "";

    /// <summary>Goes on at another argument, as if the command line began there.</summary>
    public void Restart(int index)
    {
        Index = index;
        _cluster = "";
    }

    /// <summary>The next option letter; null where options end.</summary>
    /// <exception cref="UsageException">An unknown letter, or a missing value.</exception>
    public char? Next()
    {
        if (_cluster.Length == 0)
        {
            if (Index >= arguments.Count) return null;
            var argument = arguments[Index];
            if (argument.Length < 2 || argument[0] != '-') return null;
            if (argument == "--")
            {
                Index++;
                return null;
            }

            _cluster = argument[1..];
        }

        var letter = _cluster[0];
        _cluster = _cluster[1..];

        // A hyphen at the end of a cluster ends the options, and its argument counts as the first that is none.
        if (letter == '-' && _cluster.Length == 0) return null;
        var place = letter is ':' or '-' ? -1 : letters.IndexOf(letter, StringComparison.Ordinal);
        if (place < 0) throw new UsageException($"unknown option -- {letter}", showUsage: true);
        var takesValue = place + 1 < letters.Length && letters[place + 1] == ':';
        if (!takesValue)
        {
            if (_cluster.Length == 0) Index++;
            return letter;
        }

        if (_cluster.Length > 0)
        {
            Value = _cluster;
            _cluster = "";
        }
        else
        {
            if (++Index >= arguments.Count)
            {
                throw new UsageException($"option requires an argument -- {letter}", showUsage: true);
            }

            Value = arguments[Index];
        }

        Index++;
        return letter;
    }
}
