using System.Reflection;

namespace SshMux.Help;

/// <summary>
/// Writes the module's help: SshMux-Help.xml for the cmdlets, about_*.help.txt for the topics. It is written by hand in
/// Markdown; what the assembly knows (types, sets, positions, aliases) is read from there. Ends with status 1 and says
/// why if the two do not agree.
/// </summary>
internal static class Program
{
    private const string ErrorTopic = "about_SshMux";

    private static int Main(string[] arguments)
    {
        if (arguments is not [var assemblyPath, var source, var target])
        {
            Console.Error.WriteLine("usage: SshMux.Help SshMux.PowerShell.dll MARKDOWN-FOLDER TARGET-FOLDER");
            return 2;
        }

        var problems = new Problems();
        var assembly = Assembly.LoadFrom(Path.GetFullPath(assemblyPath));
        var cmdlets = CmdletInfo.ReadAll(assembly);
        var files = Directory.GetFiles(source, "*.md").Order(StringComparer.Ordinal)
            .Select(path => new MarkdownFile(path, problems))
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file.Path));
        var names = files.Keys.ToHashSet();
        var check = new HelpCheck(assembly, source, problems);
        check.Names(cmdlets.Keys, names);

        var pages = new List<(CmdletInfo Cmdlet, CmdletPage Page)>();
        foreach (var cmdlet in cmdlets.Values)
        {
            if (!files.TryGetValue(cmdlet.Name, out var file)) continue;
            var page = new CmdletPage(file);
            check.Cmdlet(cmdlet, page, names);
            pages.Add((cmdlet, page));
        }

        if (files.TryGetValue(ErrorTopic, out var topic)) check.ErrorTable(topic);
        else problems.Add(Path.Combine(source, ErrorTopic + ".md"), 1, "missing: the topic with the table of errors");

        Directory.CreateDirectory(target);
        foreach (var (name, file) in files)
        {
            if (!cmdlets.ContainsKey(name)) AboutWriter.Write(Path.Combine(target, name + ".help.txt"), file);
        }

        // Half of it would not do, and would look like all of it.
        if (problems.Lines.Count == 0) MamlWriter.Write(Path.Combine(target, "SshMux-Help.xml"), pages);
        foreach (var line in problems.Lines) Console.Error.WriteLine(line);
        return problems.Lines.Count == 0 ? 0 : 1;
    }
}
