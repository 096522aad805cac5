namespace SshMux.Engine.Platform.Processes;

/// <summary>The program that asks the user for a passphrase where SSH_ASKPASS names none.</summary>
internal static class AskpassProgram
{
    /// <summary>Its path; null on Windows, where OpenSSH has none either.</summary>
    public static string? Default { get; } = OperatingSystem.IsWindows() ? null : "/usr/bin/ssh-askpass";
}
