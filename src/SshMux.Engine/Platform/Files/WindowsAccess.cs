using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace SshMux.Engine.Platform.Files;

/// <summary>
/// Who owns a file or folder of Windows, and who but the user, SYSTEM and Administrators may do something with it, as ssh(1)
/// there looks at it. What is only refused to somebody counts for nothing.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsAccess
{
    /// <summary>All rights with which something in or about a file or folder can be changed.</summary>
    public const int Write = (int)(FileSystemRights.Write | FileSystemRights.DeleteSubdirectoriesAndFiles
        | FileSystemRights.Delete | FileSystemRights.ChangePermissions | FileSystemRights.TakeOwnership)
        | GenericWrite | GenericAll;

    /// <summary>Any right at all.</summary>
    public const int Any = -1;

    private const int GenericWrite = 0x4000_0000;
    private const int GenericAll = 0x1000_0000;
    private const AccessControlSections Sections = AccessControlSections.Access | AccessControlSections.Owner;

    private static readonly SecurityIdentifier System = new(WellKnownSidType.LocalSystemSid, null);
    private static readonly SecurityIdentifier Administrators = new(WellKnownSidType.BuiltinAdministratorsSid, null);
    private static readonly SecurityIdentifier Everyone = new(WellKnownSidType.WorldSid, null);

    // What Windows itself has installed belongs to it.
    private static readonly SecurityIdentifier TrustedInstaller =
        new("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464");

    // "OWNER RIGHTS": whoever owns it, and that is looked at by itself.
    private static readonly SecurityIdentifier OwnerRights = new("S-1-3-4");

    private readonly List<CommonAce> _others;

    /// <summary>What a security descriptor says.</summary>
    /// <param name="descriptor">Its owner and its list.</param>
    internal WindowsAccess(RawSecurityDescriptor descriptor)
    {
        Owner = descriptor.Owner;
        _others = descriptor.DiscretionaryAcl is { } list
            ? [.. list.OfType<CommonAce>().Where(IsForOthers)]
            : [new CommonAce(AceFlags.None, AceQualifier.AccessAllowed, Any, Everyone, false, null)];
    }

    /// <summary>The user that this process runs as.</summary>
    public static SecurityIdentifier User { get; } = FindUser();

    /// <summary>Who owns it; null: it does not say.</summary>
    public SecurityIdentifier? Owner { get; }

    /// <summary>Whether its owner is the user, SYSTEM or Administrators, or Windows itself.</summary>
    public bool HasTrustedOwner => Owner is not null && (IsTrusted(Owner) || Owner == TrustedInstaller);

    /// <summary>Looks at a file.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static WindowsAccess Of(FileInfo file) => Of(() => file.GetAccessControl(Sections));

    /// <summary>Looks at a folder.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static WindowsAccess Of(DirectoryInfo folder) => Of(() => folder.GetAccessControl(Sections));

    /// <summary>Looks at an open file.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static WindowsAccess Of(FileStream file) => Of(file.GetAccessControl);

    /// <summary>What a new file of the user gets: the user, SYSTEM and Administrators, and nothing from its folder.</summary>
    public static FileSecurity ForFile() => Restrict(new FileSecurity(), InheritanceFlags.None);

    /// <summary>What a new folder of the user gets, and hands on to what is made in it.</summary>
    public static DirectorySecurity ForFolder() =>
        Restrict(new DirectorySecurity(), InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit);

    /// <summary>A user or group for people: the name, and the number as ssh(1) has it.</summary>
    public static string Describe(SecurityIdentifier? who) => who is null ? "nobody"
        : NameOf(who) is { } name ? $"{name} ({who.Value})"
        : who.Value;

    /// <summary>The first of the others who have one of these rights; null: nobody has.</summary>
    public SecurityIdentifier? FirstOther(int rights) =>
        _others.Find(entry => (entry.AccessMask & rights) != 0)?.SecurityIdentifier;

    /// <summary>
    /// The command that leaves a file or folder to the user alone: nothing from its folder, all rights for the user, and
    /// none for the others who have some by name.
    /// </summary>
    public string Remedy(string path)
    {
        var rights = Directory.Exists(path) ? "(OI)(CI)F" : "F";
        var named = _others.Where(entry => (entry.AceFlags & AceFlags.Inherited) == 0)
            .Select(entry => NameOf(entry.SecurityIdentifier) ?? "*" + entry.SecurityIdentifier.Value)
            .Distinct(StringComparer.OrdinalIgnoreCase);
        return $"icacls \"{path}\" /inheritance:r /grant:r \"{NameOf(User) ?? "*" + User.Value}:{rights}\""
            + string.Concat(named.Select(name => $" /remove:g \"{name}\""));
    }

    private static WindowsAccess Of(Func<FileSystemSecurity> read)
    {
        try
        {
            return new WindowsAccess(new RawSecurityDescriptor(read().GetSecurityDescriptorBinaryForm(), 0));
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            throw new IOException($"its access control list cannot be read ({e.Message})", e);
        }
    }

    private static bool IsForOthers(CommonAce entry) =>
        entry.AceQualifier == AceQualifier.AccessAllowed
        && (entry.PropagationFlags & PropagationFlags.InheritOnly) == 0
        && !IsTrusted(entry.SecurityIdentifier)
        && entry.SecurityIdentifier != OwnerRights;

    private static bool IsTrusted(SecurityIdentifier who) => who == User || who == System || who == Administrators;

    private static T Restrict<T>(T security, InheritanceFlags inheritance)
        where T : FileSystemSecurity
    {
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        foreach (var who in new[] { User, System, Administrators })
        {
            security.AddAccessRule(new FileSystemAccessRule(
                who, FileSystemRights.FullControl, inheritance, PropagationFlags.None, AccessControlType.Allow));
        }

        return security;
    }

    private static string? NameOf(SecurityIdentifier who)
    {
        try
        {
            return who.Translate(typeof(NTAccount)).Value;
        }
        catch (Exception e) when (e is IdentityNotMappedException or SystemException)
        {
            return null; // of an account that is gone, or of a domain that does not answer
        }
    }

    private static SecurityIdentifier FindUser()
    {
        using var identity = WindowsIdentity.GetCurrent();
        return identity.User ?? throw new IOException("Windows does not say which user this is");
    }
}
