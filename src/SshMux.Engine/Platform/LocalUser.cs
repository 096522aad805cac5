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
        if (!OperatingSystem.IsWindows())
        {
            var id = Syscall.getuid();
            if (Syscall.getpwuid(id) is { pw_name: { } name, pw_dir: { } home })
            {
                return new LocalUser(name, home, id.ToString(CultureInfo.InvariantCulture));
            }

            // A container may run under a uid that has no entry; the environment is the next best source.
            return new LocalUser(
                Environment.UserName,
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                id.ToString(CultureInfo.InvariantCulture));
        }

        return new LocalUser(
            Environment.UserName, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "0");
    }
}
