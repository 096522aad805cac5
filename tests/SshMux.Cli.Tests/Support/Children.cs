using System.Globalization;

namespace SshMux.Cli.Tests.Support;

/// <summary>Processes that a process has started.</summary>
internal static class Children
{
    /// <summary>The ids of the living ones.</summary>
    public static int[] Of(int process) => [.. Directory.GetDirectories($"/proc/{process}/task")
        .SelectMany(task => File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
}
