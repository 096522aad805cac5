using System.Globalization;
using System.Runtime.Versioning;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform;

/// <summary>Users by the password database.</summary>
[UnsupportedOSPlatform("windows")]
internal static class UnixUser
{
    /// <summary>The user this process runs as.</summary>
    public static LocalUser LookUp()
    {
        // A container may run under a uid that has no entry; the environment is the next best source.
        var id = Syscall.getuid();
        return Syscall.getpwuid(id) is { pw_name: { } name, pw_dir: { } home }
            ? new LocalUser(name, home, id.ToString(CultureInfo.InvariantCulture))
            : new LocalUser(
                Environment.UserName,
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                id.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The home folder of a named user; null if there is no such user.</summary>
    public static string? HomeFolderOf(string name) => Syscall.getpwnam(name)?.pw_dir;
}
