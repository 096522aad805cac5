using System.Security.AccessControl;
using SshMux.Engine.Platform.Files;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>What access control lists of Windows say about who can do something.</summary>
[Trait("System", "any")]
public sealed class AccessWindowsTests
{
    private const string Me = "ME";

    [Theory]
    [InlineData("O:MED:PAI(A;;FA;;;ME)(A;;FA;;;SY)(A;;FA;;;BA)", true, null, null)] // as ~/.ssh in a profile
    [InlineData("O:MED:(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;ME)", true, null, null)]
    [InlineData("O:BAD:(A;;FA;;;ME)", true, null, null)] // made by an elevated process
    [InlineData("O:SYD:(A;;FA;;;ME)", true, null, null)]
    [InlineData("O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:(A;;FA;;;SY)", true, null, null)]
    [InlineData("O:MED:(A;;FA;;;ME)(A;;FR;;;BU)", true, "S-1-5-32-545", null)] // Users may read
    [InlineData("O:MED:(A;;FA;;;ME)(A;;0x1;;;WD)", true, "S-1-1-0", null)]
    [InlineData("O:MED:(A;ID;0x1301bf;;;AU)(A;ID;FA;;;BA)", true, "S-1-5-11", "S-1-5-11")] // as on a drive of data
    [InlineData("O:MED:(A;;WD;;;BU)", true, "S-1-5-32-545", "S-1-5-32-545")] // could give itself the rest
    [InlineData("O:MED:(A;;WO;;;BU)", true, "S-1-5-32-545", "S-1-5-32-545")]
    [InlineData("O:MED:(A;;SD;;;BU)", true, "S-1-5-32-545", "S-1-5-32-545")]
    [InlineData("O:MED:(A;;GW;;;BU)", true, "S-1-5-32-545", "S-1-5-32-545")]
    [InlineData("O:MED:(A;;GA;;;BU)", true, "S-1-5-32-545", "S-1-5-32-545")]
    [InlineData("O:MED:(A;;0x4;;;BU)", true, "S-1-5-32-545", "S-1-5-32-545")] // append
    [InlineData("O:MED:(D;;FA;;;BU)(A;;FA;;;ME)", true, null, null)] // only refused
    [InlineData("O:MED:(A;OICIIO;FA;;;BU)(A;;FA;;;ME)", true, null, null)] // only for what is made in it
    [InlineData("O:MED:(A;;FA;;;S-1-3-4)", true, null, null)] // whoever owns it
    [InlineData("O:MED:", true, null, null)] // nobody at all
    [InlineData("O:BUD:(A;;FA;;;ME)", false, null, null)]
    [InlineData("O:S-1-5-21-1-2-3-1001D:(A;;FA;;;ME)", false, null, null)]
    [InlineData("D:(A;;FA;;;ME)", false, null, null)]
    public void Who_owns_it_and_who_else_has_rights_is_read(string text, bool isOwn, string? any, string? write)
    {
        OnlyOn.Windows();
        var access = Of(text);
        Assert.Equal(isOwn, access.HasTrustedOwner);
        Assert.Equal(any, access.FirstOther(WindowsAccess.Any)?.Value);
        Assert.Equal(write, access.FirstOther(WindowsAccess.Write)?.Value);
    }

    [Fact]
    public void Without_a_list_everybody_can_do_everything()
    {
        OnlyOn.Windows();
        var access = new WindowsAccess(
            new RawSecurityDescriptor(ControlFlags.SelfRelative, WindowsAccess.User, null, null, null));
        Assert.True(access.HasTrustedOwner);
        Assert.Equal("S-1-1-0", access.FirstOther(WindowsAccess.Write)?.Value);
    }

    [Fact]
    public void The_remedy_takes_away_what_is_inherited_and_what_others_have_by_name()
    {
        OnlyOn.Windows();
        var remedy = Of("O:MED:(A;ID;FR;;;AU)(A;;FR;;;WD)(A;;FW;;;WD)(A;;FR;;;S-1-5-21-1-2-3-1001)").Remedy(@"C:\no such key");
        Assert.StartsWith(@"icacls ""C:\no such key"" /inheritance:r /grant:r """, remedy, StringComparison.Ordinal);
        Assert.EndsWith(
            @":F"" /remove:g ""Everyone"" /remove:g ""*S-1-5-21-1-2-3-1001""", remedy, StringComparison.Ordinal);
        Assert.Contains(":(OI)(CI)F\"", Of("O:MED:").Remedy(@"C:\"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_made_is_for_the_user_SYSTEM_and_Administrators_and_takes_nothing_from_its_folder()
    {
        OnlyOn.Windows();
        foreach (FileSystemSecurity made in new FileSystemSecurity[] { WindowsAccess.ForFile(), WindowsAccess.ForFolder() })
        {
            Assert.True(made.AreAccessRulesProtected);
            var rules = made.GetAccessRules(true, true, typeof(System.Security.Principal.SecurityIdentifier))
                .Cast<FileSystemAccessRule>().ToList();
            Assert.All(rules, rule => Assert.Equal(FileSystemRights.FullControl, rule.FileSystemRights));
            Assert.Equal(
                new[] { WindowsAccess.User.Value, "S-1-5-18", "S-1-5-32-544" }.Order(),
                rules.Select(rule => rule.IdentityReference.Value).Order());
        }
    }

    [Fact]
    public void Somebody_is_told_by_name_and_number()
    {
        OnlyOn.Windows();
        Assert.Equal("Everyone (S-1-1-0)", WindowsAccess.Describe(new("S-1-1-0")));
        Assert.Equal("S-1-5-21-1-2-3-1001", WindowsAccess.Describe(new("S-1-5-21-1-2-3-1001")));
        Assert.Equal("nobody", WindowsAccess.Describe(null));
    }

    private static WindowsAccess Of(string text) =>
        new(new RawSecurityDescriptor(text
            .Replace("O:" + Me, "O:" + WindowsAccess.User.Value, StringComparison.Ordinal)
            .Replace(";" + Me + ")", ";" + WindowsAccess.User.Value + ")", StringComparison.Ordinal)));
}
