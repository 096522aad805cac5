using System.Text;

namespace SshMux.Help;

/// <summary>Writes a topic as the text that Get-Help shows.</summary>
internal static class AboutWriter
{
    private const int Width = 80;
    private const string Indent = "    ";

    public static void Write(string path, MarkdownFile file)
    {
        var blocks = file.Blocks;
        var name = Path.GetFileNameWithoutExtension(file.Path);
        if (blocks is not [{ Kind: BlockKind.Heading, Level: 1 } title, { Kind: BlockKind.Paragraph } synopsis, ..]
            || title.Text != name)
        {
            file.Problem(1, $"a topic begins with `# {name}` and one paragraph");
            return;
        }

        // Get-Help takes the synopsis from the fifth line.
        var text = new StringBuilder();
        text.Append($"TOPIC\n{Indent}{name}\n\n");
        text.Append($"SHORT DESCRIPTION\n{Indent}{MarkdownFile.Plain(synopsis.Text)}\n\n");
        text.Append("LONG DESCRIPTION\n");
        var before = BlockKind.Heading;
        for (var i = 2; i < blocks.Count; i++)
        {
            var block = blocks[i];
            if (block.Kind == BlockKind.Comment) continue;
            var goesOn = before == block.Kind && block.Kind is BlockKind.Item or BlockKind.Row;
            if (!goesOn) text.Append('\n');
            if (block.Kind == BlockKind.Row) i = WriteTable(text, blocks, i);
            else Write(text, block);
            before = block.Kind;
        }

        File.WriteAllText(path, text.ToString());
    }

    private static void Write(StringBuilder text, Block block)
    {
        switch (block.Kind)
        {
            case BlockKind.Heading:
                text.Append(block.Level == 2 ? block.Text.ToUpperInvariant() : $"  {block.Text}").Append('\n');
                break;
            case BlockKind.Code:
                foreach (var line in block.Text.Split('\n')) text.Append($"{Indent}    {line}".TrimEnd()).Append('\n');
                break;
            case BlockKind.Item:
                Wrap(text, $"{Indent}- ", $"{Indent}  ", MarkdownFile.Plain(block.Text));
                break;
            default:
                Wrap(text, Indent, Indent, MarkdownFile.Plain(block.Text));
                break;
        }
    }

    /// <summary>The rows from one on; gives the last one's index.</summary>
    private static int WriteTable(StringBuilder text, IReadOnlyList<Block> blocks, int first)
    {
        var rows = blocks.Skip(first).TakeWhile(block => block.Kind == BlockKind.Row)
            .Select(block => block.Text.Split('\t').Select(MarkdownFile.Plain).ToArray()).ToList();
        // The first row has the columns' names.
        var width = rows.Max(row => row[0].Length) + 2;
        var narrow = width > Width / 2;
        foreach (var row in rows.Skip(1))
        {
            var rest = string.Join("; ", row.Skip(1));
            if (narrow)
            {
                text.Append($"{Indent}{row[0]}\n");
                Wrap(text, $"{Indent}    ", $"{Indent}    ", rest);
            }
            else
            {
                Wrap(text, Indent + row[0].PadRight(width), Indent + new string(' ', width), rest);
            }
        }

        return first + rows.Count - 1;
    }

    private static void Wrap(StringBuilder text, string first, string next, string words)
    {
        var line = new StringBuilder(first);
        var isEmpty = true;
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!isEmpty && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(next);
                isEmpty = true;
            }

            if (!isEmpty) line.Append(' ');
            line.Append(word);
            isEmpty = false;
        }

        text.Append(line).Append('\n');
    }
}
