using System.Reflection;

namespace SshMux.Help;

/// <summary>Compares what is written with what is there.</summary>
internal sealed class HelpCheck(Assembly assembly, string folder, Problems problems)
{
    private readonly IReadOnlyList<string> _errorIds = ReadErrorIds(assembly);

    private readonly HashSet<string> _typeNames = assembly.GetTypes()
        .Select(type => type.GetField("TypeName", BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static))
        .Where(field => field is { IsLiteral: true })
        .Select(field => (string)field!.GetRawConstantValue()!).ToHashSet();

    /// <summary>Every parameter has its text, and nothing is described that does not exist.</summary>
    public void Cmdlet(CmdletInfo cmdlet, CmdletPage page, IReadOnlySet<string> pages)
    {
        foreach (var parameter in cmdlet.Parameters)
        {
            if (page.Parameters.All(one => one.Name != parameter.Name))
            {
                page.Problem(1, $"{cmdlet.Name} -{parameter.Name} is not described: missing: ### -{parameter.Name}");
            }
        }

        foreach (var (name, _, line) in page.Parameters)
        {
            if (cmdlet.Parameters.Any(one => one.Name == name)) continue;
            page.Problem(line, $"{cmdlet.Name} has no parameter -{name}");
        }

        foreach (var repeated in page.Parameters.GroupBy(one => one.Name).Where(group => group.Count() > 1))
        {
            page.Problem(repeated.Last().Line, $"-{repeated.Key} is described twice");
        }

        foreach (var (type, _, line) in page.Outputs)
        {
            if (_typeNames.Contains(type) || Type.GetType(type) is not null || IsPowerShells(type)) continue;
            page.Problem(line, $"there is no type {type}; ours are {string.Join(", ", _typeNames.Order())}");
        }

        if (cmdlet.OutputTypes.Count > 0 != page.Outputs.Count > 0)
        {
            page.Problem(1, $"{cmdlet.Name}'s [OutputType] and its ## Outputs do not agree");
        }

        foreach (var (id, _, line) in page.Errors)
        {
            if (!_errorIds.Contains(id)) page.Problem(line, $"there is no ErrorId {id}");
        }

        foreach (var (text, line) in page.Links)
        {
            if (text[0] != '[' && !pages.Contains(text)) page.Problem(line, $"{text} is no file of {folder}");
        }
    }

    /// <summary>The topic's table of errors has every ErrorId once.</summary>
    public void ErrorTable(MarkdownFile topic)
    {
        var rows = topic.Blocks.SkipWhile(block => block is not { Kind: BlockKind.Heading, Text: "Errors" })
            .Where(block => block.Kind == BlockKind.Row).Skip(1)
            .Select(block => (Id: MarkdownFile.Plain(block.Text.Split('\t')[0]), block.Line)).ToList();
        foreach (var (id, line) in rows)
        {
            if (!_errorIds.Contains(id)) topic.Problem(line, $"there is no ErrorId {id}");
            else if (rows.Count(row => row.Id == id) > 1) topic.Problem(line, $"{id} is there twice");
        }

        foreach (var id in _errorIds.Where(id => rows.All(row => row.Id != id)))
        {
            topic.Problem(rows.Count > 0 ? rows[0].Line : 1, $"the table below ## Errors lacks the ErrorId {id}");
        }
    }

    /// <summary>A cmdlet or a page that the other has not.</summary>
    public void Names(IEnumerable<string> cmdlets, IReadOnlyCollection<string> pages)
    {
        var known = cmdlets.ToHashSet();
        foreach (var name in known.Where(name => !pages.Contains(name)))
        {
            problems.Add(Path.Combine(folder, name + ".md"), 1, $"{name} has no help");
        }

        foreach (var page in pages.Where(page => !known.Contains(page)))
        {
            if (page.StartsWith("about_", StringComparison.Ordinal)) continue;
            problems.Add(Path.Combine(folder, page + ".md"), 1, $"there is no cmdlet {page}");
        }
    }

    private static bool IsPowerShells(string type) => typeof(System.Management.Automation.PSObject).Assembly
        .GetType(type) is not null;

    /// <summary>The ids of ErrorRecords, and those of the engine.</summary>
    private static List<string> ReadErrorIds(Assembly assembly)
    {
        var records = assembly.GetType("SshMux.PowerShell.Pipeline.ErrorRecords", throwOnError: true)!;
        var engine = records.GetMethod("From")!.GetParameters()[0].ParameterType.GetProperty("Error")!.PropertyType;
        return
        [
            .. engine.GetEnumNames(),
            .. records.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral)
                .Select(field => (string)field.GetRawConstantValue()!),
        ];
    }
}
