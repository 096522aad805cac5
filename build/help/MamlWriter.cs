using System.Xml.Linq;

namespace SshMux.Help;

/// <summary>Writes the help of cmdlets in the XML that Get-Help reads.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Items = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private static readonly CmdletParameter WhatIf = Switch("WhatIf", "wi");
    private static readonly CmdletParameter Confirm = Switch("Confirm", "cf");

    public static void Write(string path, IEnumerable<(CmdletInfo Cmdlet, CmdletPage Page)> all) => new XDocument(
        new XDeclaration("1.0", "utf-8", null),
        new XElement(
            Items + "helpItems",
            new XAttribute("schema", "maml"),
            all.Select(one => CommandElement(one.Cmdlet, one.Page)))).Save(path);

    private static XElement CommandElement(CmdletInfo cmdlet, CmdletPage page)
    {
        CmdletParameter[] common = cmdlet.ShouldProcess ? [WhatIf, Confirm] : [];
        return new XElement(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(
                Command + "details",
                new XElement(Command + "name", cmdlet.Name),
                new XElement(Command + "verb", cmdlet.Verb),
                new XElement(Command + "noun", cmdlet.Noun),
                new XElement(Maml + "description", Para(page.Synopsis))),
            new XElement(Maml + "description", Paras(page.Description)),
            new XElement(Command + "syntax", cmdlet.Sets.Select(set => new XElement(
                Command + "syntaxItem",
                new XElement(Maml + "name", cmdlet.Name),
                set.Concat(common).Select(parameter => Parameter(parameter, null))))),
            new XElement(
                Command + "parameters",
                cmdlet.Parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal).Select(parameter =>
                    Parameter(parameter, Description(parameter, page))),
                common.Select(parameter => Parameter(parameter, [Para(TextOf(parameter))]))),
            new XElement(Command + "inputTypes", Inputs(cmdlet, page)),
            new XElement(Command + "returnValues", page.Outputs.Select(output => new XElement(
                Command + "returnValue",
                new XElement(Dev + "type", new XElement(Maml + "name", output.Type)),
                new XElement(Maml + "description", Paras(output.Text))))),
            new XElement(Maml + "alertSet", new XElement(Maml + "alert", Errors(page))),
            new XElement(Command + "examples", page.Examples.Select((example, index) => new XElement(
                Command + "example",
                new XElement(Maml + "title", $"Example {index + 1}: {MarkdownFile.Plain(example.Title)}"),
                new XElement(Dev + "code", example.Code),
                // A line between this one and the next.
                new XElement(Dev + "remarks", Paras(example.Remarks), Para(""))))),
            new XElement(Command + "relatedLinks", page.Links.Select(link => new XElement(
                Maml + "navigationLink", new XElement(Maml + "linkText", MarkdownFile.Plain(link.Text))))));
    }

    private static XElement Parameter(CmdletParameter parameter, IEnumerable<XElement>? description) => new(
        Command + "parameter",
        new XAttribute("required", Lower(parameter.Mandatory)),
        new XAttribute("globbing", Lower(parameter.Wildcards)),
        new XAttribute("pipelineInput", PipelineInput(parameter)),
        new XAttribute("position", parameter.Position < 0 ? "named" : $"{parameter.Position}"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Maml + "name", parameter.Name),
        description is null ? null : new XElement(Maml + "description", description),
        // In the syntax the values stand in place of the type.
        description is null && parameter.Values.Count > 0
            ? new XElement(
                Command + "parameterValueGroup", parameter.Values.Select(value => Value(value, required: false)))
            : null,
        parameter.Type.Length == 0 ? null : Value(parameter.Type, required: true),
        new XElement(
            Dev + "type",
            new XElement(Maml + "name", parameter.Type.Length == 0 ? "SwitchParameter" : parameter.Type)));

    private static XElement Value(string text, bool required) =>
        new(Command + "parameterValue", new XAttribute("required", Lower(required)), text);

    private static IEnumerable<XElement> Inputs(CmdletInfo cmdlet, CmdletPage page) => cmdlet.Sets
        .SelectMany(set => set).Where(parameter => parameter.ByValue).DistinctBy(parameter => parameter.Name)
        .Select(parameter => new XElement(
            Command + "inputType",
            new XElement(Dev + "type", new XElement(Maml + "name", $"-{parameter.Name} <{parameter.Type}>")),
            new XElement(Maml + "description", Description(parameter, page))));

    private static IEnumerable<XElement> Errors(CmdletPage page) =>
    [
        Para("ErrorIds, of which about_SshMux lists all:"),
        .. Paras([.. page.Errors.Select(error =>
            new Block(BlockKind.Item, $"{error.Id}: {error.Text}", 0, "", error.Line))]),
    ];

    private static IEnumerable<XElement> Description(CmdletParameter parameter, CmdletPage page) =>
        Paras(page.Parameters.First(one => one.Name == parameter.Name).Text);

    private static string PipelineInput(CmdletParameter one) => (one.ByValue, one.ByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    private static string TextOf(CmdletParameter common) => common.Name == "WhatIf"
        ? "Shows what would happen, and does not do it."
        : "Asks before it is done.";

    private static CmdletParameter Switch(string name, string alias) =>
        new(name, "", [alias], [], false, false, Position: -1, false, false);

    /// <summary>Paragraphs; the items of a list are one, with a line each.</summary>
    private static IEnumerable<XElement> Paras(IReadOnlyList<Block> text)
    {
        List<string> paras = [];
        for (var i = 0; i < text.Count; i++)
        {
            var isItem = text[i].Kind == BlockKind.Item;
            var line = isItem ? $"- {text[i].Text}" : text[i].Text;
            if (isItem && i > 0 && text[i - 1].Kind == BlockKind.Item) paras[^1] += $"\n{line}";
            else paras.Add(line);
        }

        return paras.Select(Para);
    }

    private static XElement Para(string text) => new(Maml + "para", MarkdownFile.Plain(text));

    private static string Lower(bool value) => value ? "true" : "false";
}
