using System.Runtime.Versioning;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;
using static SshMux.Engine.Sftp.Local.WindowsFileCalls;

namespace SshMux.Engine.Sftp.Local;

/// <summary>Whose a file is.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsOwners
{
    private static readonly SecurityIdentifier[] Trusted =
    [
        new(WellKnownSidType.LocalSystemSid, null),
        new(WellKnownSidType.BuiltinAdministratorsSid, null),
        new("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"), // TrustedInstaller, whose Windows' own are
    ];

    /// <summary>
    /// Whether an open file (with READ_CONTROL) is this user's, or one of a file system that has no users.
    /// </summary>
    public static bool IsOurs(SafeFileHandle file)
    {
        if (!TryFind(file, out var owner)) return false;
        if (owner is null || owner.IsWellKnown(WellKnownSidType.WorldSid)) return true;
        using var user = WindowsIdentity.GetCurrent();

        // What an administrator makes may be all administrators'.
        return owner == user.User || owner == user.Owner;
    }

    /// <summary>Whether it is somebody's whom Windows itself does not trust.</summary>
    public static bool IsAnothers(SafeFileHandle file) =>
        !IsOurs(file) && !(TryFind(file, out var owner) && owner is not null && Trusted.Contains(owner));

    private static unsafe bool TryFind(SafeFileHandle file, out SecurityIdentifier? owner)
    {
        owner = null;
        if (GetSecurityInfo(file, FileObject, OwnerInformation, out var sid, null, null, null, out var memory) != 0)
        {
            return false;
        }

        try
        {
            if (sid != 0) owner = new SecurityIdentifier(sid);
            return true;
        }
        finally
        {
            LocalFree(memory);
        }
    }
}
