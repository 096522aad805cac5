using System.Reflection;

namespace SshMux.PowerShell.Loader;

/// <summary>Where the process of a background master begins.</summary>
public static class BackgroundEntry
{
    private const string Channel = "/proc/self/fd/3";

    /// <summary>Whether this process was started to be one: then it has a socket to the one that started it.</summary>
    internal static bool IsWanted =>
        File.ResolveLinkTarget(Channel, returnFinalTarget: false)?.Name.StartsWith("socket:", StringComparison.Ordinal)
        ?? false;

    /// <summary>Runs the master to its end, and ends the process.</summary>
    public static void Run()
    {
        var folder = Path.GetDirectoryName(typeof(BackgroundEntry).Assembly.Location)!;
        var type = ModuleLoadContext.LoadCmdlets(Path.Combine(folder, "lib", "SshMux.PowerShell.dll"))
            .GetType("SshMux.PowerShell.Masters.Background.BackgroundHost", throwOnError: true)!;
        var run = type.GetMethod("Run", BindingFlags.Static | BindingFlags.Public)!.CreateDelegate<Func<int>>();
        Environment.Exit(run());
    }
}
