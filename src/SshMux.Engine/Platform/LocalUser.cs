using System.Globalization;
using Mono.Unix.Native;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Platform;

/// <summary>
/// The local user as OpenSSH sees it: from the password database, not from HOME and USER, which can be changed.
/// </summary>
internal sealed record LocalUser(string Name, string HomeFolder, string Id)
{
    private static readonly Lazy<LocalUser> Lookup = new(LookUp);

    /// <summary>The user this process runs as.</summary>
    public static LocalUser Current => Lookup.Value;

    /// <summary>The home folder of a named user; null if there is no such user.</summary>
    public static string? HomeFolderOf(string name)
    {
        if (OperatingSystem.IsWindows()) return null;
        return Syscall.getpwnam(name)?.pw_dir;
    }

    /// <summary>A user as people are told of it: "user NAME (uid ID)", or "uid ID" if it has no entry.</summary>
    public static string Describe(uint id)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"uid {id}");
        return Syscall.getpwuid(id)?.pw_name is { } name ? $"user {Printable.Text(name)} ({number})" : number;
    }

    private static LocalUser LookUp()
    {
        var profile = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsWindows()) return new LocalUser(Environment.UserName, profile, "0");

        // A container may run under a uid that has no entry; the environment is the next best source.
        var id = Syscall.getuid();
        return Syscall.getpwuid(id) is { pw_name: { } name, pw_dir: { } home }
            ? new LocalUser(name, home, id.ToString(CultureInfo.InvariantCulture))
            : new LocalUser(Environment.UserName, profile, id.ToString(CultureInfo.InvariantCulture));
    }
}
