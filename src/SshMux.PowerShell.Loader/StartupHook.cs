using SshMux.PowerShell.Loader;

#pragma warning disable CA1050 // .NET looks for a type of this name, in no namespace.

/// <summary>
/// What .NET calls before a program's own Main if DOTNET_STARTUP_HOOKS names this assembly: so a background master runs
/// in pwsh, the one program that is sure to be there, without all of PowerShell.
/// </summary>
internal static class StartupHook
{
    /// <summary>Runs the master, and ends the process.</summary>
    public static void Initialize()
    {
        // A program that a master starts must not take itself for another master.
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        if (BackgroundEntry.IsWanted) BackgroundEntry.Run();
    }
}
