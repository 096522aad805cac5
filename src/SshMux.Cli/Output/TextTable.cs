using System.Text;

namespace SshMux.Cli.Output;

/// <summary>Rows of words in columns as wide as they need; the last one has no end.</summary>
internal sealed class TextTable(params string[] header)
{
    private const string Gap = "  ";
    private const string Nothing = "-";

    private readonly List<string[]> _rows = [header];

    /// <summary>Adds a row; what is empty is shown as "-", so that a column is a column for programs, too.</summary>
    public void Add(params string[] cells) =>
        _rows.Add([.. cells.Select(cell => cell.Length == 0 ? Nothing : cell)]);

    /// <summary>The table, with a line for the header.</summary>
    public override string ToString()
    {
        var last = header.Length - 1;
        var widths = Enumerable.Range(0, last).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in _rows)
        {
            for (var i = 0; i < last; i++) text.Append(row[i].PadRight(widths[i])).Append(Gap);
            text.Append(row[last]).Append('\n');
        }

        return text.ToString();
    }
}
