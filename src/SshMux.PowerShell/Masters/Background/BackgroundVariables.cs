namespace SshMux.PowerShell.Masters.Background;

/// <summary>The environment variables that only the process of a background master has, not what it starts.</summary>
internal static class BackgroundVariables
{
    // One that sleeps most of the time should be small: no thread for garbage collection, no counting of calls for an
    // optimizer, no socket for debuggers in /tmp that a kill would leave behind.
    private static readonly string[] Runtime =
        ["DOTNET_TieredPGO=0", "DOTNET_gcServer=0", "DOTNET_gcConcurrent=0", "DOTNET_EnableDiagnostics=0"];

    /// <summary>All of them: NAME=value.</summary>
    /// <param name="loader">The assembly with the startup hook.</param>
    public static IReadOnlyList<string> For(string loader) => [$"DOTNET_STARTUP_HOOKS={loader}", .. Runtime];

    /// <summary>Takes them away from the programs that this process starts.</summary>
    public static void Remove()
    {
        foreach (var variable in Runtime) Environment.SetEnvironmentVariable(variable.Split('=')[0], null);
    }
}
