using System.Runtime.Versioning;
using System.Security.Principal;
using Microsoft.Win32;

namespace SshMux.Engine.Platform;

/// <summary>Users by Windows' accounts and profiles.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsUser
{
    private const string Profiles = @"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\";

    // What getuid() of ssh(1) for Windows always gives.
    private const string Id = "1";

    /// <summary>The user this process runs as.</summary>
    public static LocalUser LookUp()
    {
        using var identity = WindowsIdentity.GetCurrent();
        var profile = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (profile.Length == 0) profile = Environment.GetEnvironmentVariable("USERPROFILE") ?? "";
        return new LocalUser(NameOf(identity.Name, Environment.MachineName), profile, Id);
    }

    /// <summary>
    /// The profile of a named user, "name" or "domain\name"; null if there is no such user, or it was never logged in here.
    /// </summary>
    public static string? HomeFolderOf(string name)
    {
        try
        {
            var id = (SecurityIdentifier)new NTAccount(name).Translate(typeof(SecurityIdentifier));
            using var profile = Registry.LocalMachine.OpenSubKey(Profiles + id.Value);
            return profile?.GetValue("ProfileImagePath") as string;
        }
        catch (Exception e) when (e is SystemException or System.Security.SecurityException)
        {
            return null; // no such account
        }
    }

    /// <summary>
    /// An account's name as ssh(1) for Windows has it: in lower case, without the domain where that is this machine.
    /// </summary>
    internal static string NameOf(string account, string machine)
    {
        var name = account.ToLowerInvariant();
        var own = machine.ToLowerInvariant() + '\\';
        return name.StartsWith(own, StringComparison.Ordinal) ? name[own.Length..] : name;
    }
}
