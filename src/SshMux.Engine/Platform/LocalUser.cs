using System.Globalization;
using Mono.Unix.Native;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Platform;

/// <summary>
/// The local user as OpenSSH sees it: from the system's own records, not from HOME and USER, which can be changed.
/// </summary>
/// <param name="Name">The name; on Windows in lower case, and as domain\name for one that is no account of this machine.
/// </param>
/// <param name="HomeFolder">The home folder, or the profile.</param>
/// <param name="Id">The uid; on Windows 1, as for ssh(1) there, which knows no other.</param>
internal sealed record LocalUser(string Name, string HomeFolder, string Id)
{
    private static readonly Lazy<LocalUser> Lookup =
        new(() => OperatingSystem.IsWindows() ? WindowsUser.LookUp() : UnixUser.LookUp());

    /// <summary>The user this process runs as.</summary>
    public static LocalUser Current => Lookup.Value;

    /// <summary>The home folder of a named user; null if there is no such user.</summary>
    public static string? HomeFolderOf(string name) =>
        OperatingSystem.IsWindows() ? WindowsUser.HomeFolderOf(name) : UnixUser.HomeFolderOf(name);

    /// <summary>A user as people are told of it: "user NAME (uid ID)", or "uid ID" if it has no entry. For Unix.</summary>
    public static string Describe(uint id)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"uid {id}");
        return Syscall.getpwuid(id)?.pw_name is { } name ? $"user {Printable.Text(name)} ({number})" : number;
    }
}
