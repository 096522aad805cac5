namespace SshMux.PowerShell.Terminals;

/// <summary>What keeps .NET's Console from the terminal while it is lent.</summary>
internal static class TerminalPlaceholder
{
    private static readonly Func<IDisposable?> Begin =
        OperatingSystem.IsWindows() ? WithoutOne : ShellPlaceholder.Start;

    /// <summary>Begins it, until it is disposed; null if there is none.</summary>
    public static IDisposable? Start() => Begin();

    // There .NET leaves the console alone unless it is asked for something, and keeps nothing of it in mind.
    private static IDisposable? WithoutOne() => null;
}
