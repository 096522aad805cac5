namespace SshMux.Help;

/// <summary>What is wrong with the help, in the form in which MSBuild takes errors.</summary>
internal sealed class Problems
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Add(string file, int line, string text) => _lines.Add($"{file}({line}): error HELP: {text}");
}
