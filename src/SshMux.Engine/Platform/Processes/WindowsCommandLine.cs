using System.Buffers;
using System.Runtime.Versioning;
using System.Text;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// Finds programs, and makes the one string of their arguments that Windows knows: a program takes it apart by the rules
/// of CommandLineToArgvW, and cmd.exe by its own.
/// </summary>
[SupportedOSPlatform("windows")]
internal static class WindowsCommandLine
{
    private static readonly string[] Endings = [".exe", ".com", ".cmd", ".bat"];

    // What cmd.exe, or a line of the batch file that has the argument in it, would not take for itself.
    private static readonly SearchValues<char> NotForBatch = SearchValues.Create("\"%!^&|<>\r\n\0");

    /// <summary>The shell of command lines: cmd.exe, or what ComSpec names in its stead.</summary>
    public static string Shell =>
        Environment.GetEnvironmentVariable("ComSpec") is { } shell && Path.IsPathFullyQualified(shell)
            ? shell
            : Path.Combine(Environment.SystemDirectory, "cmd.exe");

    /// <summary>
    /// What to start for a command line: the shell, without its AutoRun commands, whose output nobody expects, and with the
    /// line as it is (/s: but for the quotes around it all).
    /// </summary>
    public static (string Program, string CommandLine) ForShell(string line)
    {
        var shell = Shell;
        return (shell, $"{Quote(shell)} /d /s /c \"{QuoteProgram(line)}\"");
    }

    /// <summary>What to start for a program with arguments.</summary>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    /// <exception cref="SshException">It is a batch file, which cannot be given such an argument.</exception>
    public static (string Program, string CommandLine) For(
        string name, IReadOnlyList<string> arguments, bool isQuestion)
    {
        var program = Find(name) ?? throw new FileNotFoundException();
        if (!IsBatch(program)) return (program, string.Join(' ', arguments.Prepend(program).Select(Quote)));

        // Windows would start cmd.exe for it, with the arguments as they are.
        var words = arguments.Select(argument => $"\"{ForBatch(program, argument, isQuestion)}\"").Prepend($"\"{program}\"");
        var system = Path.Combine(Environment.SystemDirectory, "cmd.exe");
        return (system, $"{Quote(system)} /d /v:off /s /c \"{string.Join(' ', words)}\"");
    }

    /// <summary>An argument as CommandLineToArgvW reads it.</summary>
    internal static string Quote(string argument)
    {
        if (argument.Length > 0 && argument.AsSpan().IndexOfAny(" \t\n\v\"") < 0) return argument;
        var quoted = new StringBuilder("\"");
        var backslashes = 0;
        foreach (var c in argument)
        {
            // Backslashes mean themselves but before a quote.
            if (c == '"') quoted.Append('\\', backslashes + 1);
            backslashes = c == '\\' ? backslashes + 1 : 0;
            quoted.Append(c);
        }

        return quoted.Append('\\', backslashes).Append('"').ToString();
    }

    /// <summary>
    /// A command line whose program is a path with spaces and without quotes, which OpenSSH for Windows takes, in the form
    /// that cmd.exe takes.
    /// </summary>
    internal static string QuoteProgram(string line)
    {
        const string ending = ".exe";
        var end = line.IndexOf(ending, StringComparison.OrdinalIgnoreCase);
        if (end < 0) return line;
        var program = line[..(end + ending.Length)];
        return program.Contains(' ', StringComparison.Ordinal)
            && (program.Length == line.Length || line[program.Length] == ' ')
            && Path.IsPathFullyQualified(program)
            && File.Exists(program)
                ? $"\"{program}\"{line[program.Length..]}"
                : line;
    }

    /// <summary>
    /// The file of a program: as it is named, or with one of the endings of programs; without a folder on PATH, and not in
    /// the current folder, which may be anybody's.
    /// </summary>
    private static string? Find(string name)
    {
        if (name.AsSpan().IndexOfAny('/', '\\', ':') >= 0) return FindAt(Path.GetFullPath(name));
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        return folders
            .Select(folder => folder.Trim('"'))
            .Where(Path.IsPathFullyQualified)
            .Select(folder => FindAt(Path.Combine(folder, name)))
            .FirstOrDefault(found => found is not null);
    }

    private static string? FindAt(string path) =>
        File.Exists(path) && Path.HasExtension(path)
            ? path
            : Endings.Select(ending => path + ending).FirstOrDefault(File.Exists);

    private static bool IsBatch(string program) =>
        Path.GetExtension(program).ToLowerInvariant() is ".cmd" or ".bat";

    private static string ForBatch(string program, string argument, bool isQuestion)
    {
        if (argument.AsSpan().IndexOfAny(NotForBatch) < 0) return argument;
        if (isQuestion) return new([.. argument.Select(c => !NotForBatch.Contains(c) ? c : c == '"' ? '\'' : ' ')]);
        throw new SshException(
            SshError.NotSupported,
            $"'{program}' is a batch file, which cannot be given the argument '{argument}' safely: use a program");
    }
}
