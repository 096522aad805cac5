namespace SshMux.Help;

/// <summary>The help of a cmdlet as it is written: a Markdown file of one shape.</summary>
internal sealed class CmdletPage
{
    private const int LeastExamples = 3;

    private static readonly string[] Sections =
        ["Description", "Parameters", "Examples", "Outputs", "Errors", "Links"];

    private readonly MarkdownFile _file;
    private readonly Queue<Block> _blocks;
    private readonly List<(string Name, IReadOnlyList<Block> Text, int Line)> _parameters = [];
    private readonly List<(string Type, IReadOnlyList<Block> Text, int Line)> _outputs = [];
    private readonly List<(string Id, string Text, int Line)> _errors = [];
    private readonly List<HelpExample> _examples = [];
    private readonly List<(string Text, int Line)> _links = [];

    public CmdletPage(MarkdownFile file)
    {
        _file = file;
        _blocks = new Queue<Block>(file.Blocks);
        Name = TakeHeading(1, Path.GetFileNameWithoutExtension(file.Path));
        Synopsis = Take(BlockKind.Paragraph, "one sentence that says what the cmdlet does")?.Text ?? "";
        foreach (var section in Sections) ReadSection(section);
        if (_blocks.TryPeek(out var rest)) file.Problem(rest.Line, "nothing is expected here");
    }

    public string Name { get; }

    public string Synopsis { get; }

    public IReadOnlyList<Block> Description { get; private set; } = [];

    public IReadOnlyList<(string Name, IReadOnlyList<Block> Text, int Line)> Parameters => _parameters;

    public IReadOnlyList<HelpExample> Examples => _examples;

    public IReadOnlyList<(string Type, IReadOnlyList<Block> Text, int Line)> Outputs => _outputs;

    public IReadOnlyList<(string Id, string Text, int Line)> Errors => _errors;

    public IReadOnlyList<(string Text, int Line)> Links => _links;

    public void Problem(int line, string text) => _file.Problem(line, text);

    private void ReadSection(string section)
    {
        var line = _blocks.TryPeek(out var block) ? block.Line : 1;
        TakeHeading(2, section);
        switch (section)
        {
            case "Description":
                Description = TakeText("what the cmdlet is for");
                break;
            case "Parameters":
                while (TryTakeHeading(out var name)) ReadParameter(name);
                break;
            case "Examples":
                while (TryTakeHeading(out var title)) ReadExample(title);
                if (_examples.Count < LeastExamples)
                {
                    Problem(line, $"{Name} has {_examples.Count} examples, and needs {LeastExamples}");
                }

                break;
            case "Outputs":
                if (IsNext(BlockKind.Paragraph) && _blocks.Dequeue() is { Text: not "None." } text)
                {
                    Problem(text.Line, "outputs are `### TypeName` with a text, or the line `None.`");
                }

                while (TryTakeHeading(out var type))
                {
                    _outputs.Add((type.Text, TakeText($"{type.Text}: what it is"), type.Line));
                }

                break;
            case "Errors":
                foreach (var item in TakeItems()) ReadError(item);
                break;
            default:
                foreach (var item in TakeItems()) _links.Add((item.Text, item.Line));
                break;
        }
    }

    private void ReadParameter(Block heading)
    {
        if (heading.Text[0] != '-')
        {
            Problem(heading.Line, $"a parameter's heading is `### -Name`, not `### {heading.Text}`");
            return;
        }

        _parameters.Add((heading.Text[1..], TakeText($"the description of {heading.Text}"), heading.Line));
    }

    private void ReadExample(Block heading)
    {
        while (IsNext(BlockKind.Comment)) _blocks.Dequeue();
        var code = Take(BlockKind.Code, "the example's code");
        if (code is { Language: not "powershell" }) Problem(code.Line, "an example is ```powershell");
        if (IsNext(BlockKind.Code))
        {
            var output = _blocks.Dequeue();
            if (output.Language != "output") Problem(output.Line, "after the code comes ```output, or the remark");
        }

        _examples.Add(new HelpExample(heading.Text, code?.Text ?? "", TakeText("a remark on the example")));
    }

    private void ReadError(Block item)
    {
        var parts = item.Text.Split(": ", 2);
        if (parts.Length == 2) _errors.Add((parts[0].Trim('`'), parts[1], item.Line));
        else Problem(item.Line, "an error is `- ErrorId: when it comes`");
    }

    /// <summary>The paragraphs and items up to what is neither.</summary>
    private List<Block> TakeText(string what)
    {
        List<Block> text = [];
        while (IsNext(BlockKind.Paragraph) || IsNext(BlockKind.Item)) text.Add(_blocks.Dequeue());
        if (text.Count == 0) Problem(NextLine(), $"missing: {what}");
        return text;
    }

    private List<Block> TakeItems()
    {
        List<Block> items = [];
        while (IsNext(BlockKind.Item)) items.Add(_blocks.Dequeue());
        return items;
    }

    private Block? Take(BlockKind kind, string what)
    {
        if (IsNext(kind)) return _blocks.Dequeue();
        Problem(NextLine(), $"missing: {what}");
        return null;
    }

    private string TakeHeading(int level, string text)
    {
        if (_blocks.TryPeek(out var block) && block.Kind == BlockKind.Heading && block.Level == level
            && block.Text == text)
        {
            _blocks.Dequeue();
        }
        else
        {
            Problem(NextLine(), $"missing: {new string('#', level)} {text}");
        }

        return text;
    }

    private bool TryTakeHeading(out Block heading)
    {
        heading = null!;
        if (!_blocks.TryPeek(out var block) || block.Kind != BlockKind.Heading || block.Level != 3) return false;
        heading = _blocks.Dequeue();
        return true;
    }

    private bool IsNext(BlockKind kind) => _blocks.TryPeek(out var block) && block.Kind == kind;

    private int NextLine() =>
        _blocks.TryPeek(out var block) ? block.Line : _file.Blocks is [.., var last] ? last.Line : 1;
}
