namespace SshMux.Engine.Platform.Processes;

/// <summary>Programs that are in one place on every machine of a system.</summary>
internal static class SystemPrograms
{
    /// <summary>
    /// xauth(1); null where there is none. Windows would look for the path of Unix on its own drive, where any user may make
    /// folders, and run what somebody put there.
    /// </summary>
    public static string? XAuth { get; } = OperatingSystem.IsWindows() ? null : "/usr/bin/xauth";

    /// <summary>
    /// What asks the user for a passphrase where SSH_ASKPASS names no program; null on Windows, where OpenSSH has none either.
    /// </summary>
    public static string? Askpass { get; } = OperatingSystem.IsWindows() ? null : "/usr/bin/ssh-askpass";
}
