using System.Text;
using System.Text.RegularExpressions;

namespace SshMux.Help;

/// <summary>Reads the little of Markdown that the help is written in; what it does not know is a paragraph.</summary>
internal sealed partial class MarkdownFile
{
    private readonly List<Block> _blocks = [];
    private readonly Problems _problems;

    public MarkdownFile(string path, Problems problems)
    {
        Path = path;
        _problems = problems;
        Read(File.ReadAllLines(path));
    }

    public string Path { get; }

    public IReadOnlyList<Block> Blocks => _blocks;

    public void Problem(int line, string text) => _problems.Add(Path, line, text);

    /// <summary>The text without the signs of Markdown; a link keeps its address.</summary>
    public static string Plain(string text)
    {
        var result = new StringBuilder();
        // What stands between backticks is taken as it is.
        var parts = text.Split('`');
        for (var i = 0; i < parts.Length; i++)
        {
            var part = parts[i];
            if (i % 2 == 0) part = Link().Replace(part.Replace("**", "", StringComparison.Ordinal), "$1 ($2)");
            result.Append(part);
        }

        return result.ToString();
    }

    [GeneratedRegex(@"\[([^\]]*)\]\(([^)]*)\)")]
    private static partial Regex Link();

    private void Read(string[] lines)
    {
        // The paragraph or item that the next line may go on with.
        var open = false;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd();
            var start = i + 1;
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                var end = Array.FindIndex(lines, i + 1, text => text.TrimEnd() == "```");
                if (end < 0)
                {
                    Problem(start, "this code has no end");
                    return;
                }

                Add(BlockKind.Code, string.Join('\n', lines[(i + 1)..end]), start, language: line[3..]);
                i = end;
            }
            else if (line.Length == 0)
            {
                open = false;
                continue;
            }
            else if (line[0] == '#')
            {
                var level = line.Length - line.TrimStart('#').Length;
                Add(BlockKind.Heading, line[level..].Trim(), start, level);
            }
            else if (line.StartsWith("<!--", StringComparison.Ordinal))
            {
                if (!line.EndsWith("-->", StringComparison.Ordinal)) Problem(start, "a comment is one line");
                else Add(BlockKind.Comment, line[4..^3].Trim(), start);
            }
            else if (line[0] == '|')
            {
                if (!line.StartsWith("|--", StringComparison.Ordinal))
                {
                    Add(BlockKind.Row, string.Join('\t', line.Trim('|').Split('|').Select(cell => cell.Trim())), start);
                }
            }
            else if (line.StartsWith("- ", StringComparison.Ordinal))
            {
                Add(BlockKind.Item, line[2..].Trim(), start);
                open = true;
                continue;
            }
            else if (open)
            {
                _blocks[^1] = _blocks[^1] with { Text = $"{_blocks[^1].Text} {line.Trim()}" };
                continue;
            }
            else
            {
                Add(BlockKind.Paragraph, line.Trim(), start);
                open = true;
                continue;
            }

            open = false;
        }
    }

    private void Add(BlockKind kind, string text, int line, int level = 0, string language = "") =>
        _blocks.Add(new Block(kind, text, level, language, line));
}
