using SshMux.Engine.Sftp.Local;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>What Windows makes of names and paths; the rules are the same everywhere, so that they are tested on each.</summary>
[Trait("System", "any")]
public class WindowsNamesTests
{
    [Theory]
    [InlineData("CON")]
    [InlineData("nul")]
    [InlineData("Aux.c")]
    [InlineData("prn.tar.gz")]
    [InlineData("com1")]
    [InlineData("LPT9.txt")]
    [InlineData("COM\u00b2")]
    [InlineData("conin$")]
    [InlineData("nul .txt")]
    public void Devices_are_no_names(string name) =>
        Assert.Contains("device", WindowsNames.WhyNot(name), StringComparison.Ordinal);

    [Theory]
    [InlineData("a:b", ":")]
    [InlineData("C:x", ":")]
    [InlineData("file::$DATA", ":")]
    [InlineData("..\\x", "\\")]
    [InlineData("a\\b", "\\")]
    [InlineData("a<b", "<")]
    [InlineData("a>b", ">")]
    [InlineData("a|b", "|")]
    [InlineData("a?", "?")]
    [InlineData("*", "*")]
    [InlineData("\"x\"", "\"")]
    public void Characters_that_mean_something_else_are_in_no_names(string name, string character) =>
        Assert.Equal($"no name on Windows can have the character {character}", WindowsNames.WhyNot(name));

    [Theory]
    [InlineData("a.")]
    [InlineData("a ")]
    [InlineData("...")]
    [InlineData("a\nb")]
    [InlineData("a\u001b[2Jb")]
    public void Names_that_would_become_others_are_none(string name) => Assert.NotNull(WindowsNames.WhyNot(name));

    [Fact]
    public void Names_are_of_whole_characters()
    {
        Assert.NotNull(WindowsNames.WhyNot("caf\uDCE9")); // a byte that is no UTF-8
        Assert.False(WindowsNames.IsText("\uD83D"));
        Assert.True(WindowsNames.IsText("\uD83D\uDC80"));
    }

    [Theory]
    [InlineData(".hidden")]
    [InlineData("a b")]
    [InlineData("console")]
    [InlineData("com10")]
    [InlineData("common.c")]
    [InlineData("x.nul")]
    [InlineData("~x")]
    [InlineData("ü\U0001F480")]
    public void All_others_are_names(string name) => Assert.Null(WindowsNames.WhyNot(name));

    [Theory]
    [InlineData("LONGNA~1.TXT", true)]
    [InlineData("a~12", true)]
    [InlineData("~$letter.doc", false)]
    [InlineData("main.c~", false)]
    [InlineData("a-name-of-more-letters~1", false)]
    public void Short_names_have_their_form(string name, bool mayBe) =>
        Assert.Equal(mayBe, WindowsNames.MayBeShort(name));

    [Theory]
    [InlineData(@"C:\a\b", @"\\?\C:\a\b")]
    [InlineData("c:/a/b/", @"\\?\c:\a\b")]
    [InlineData(@"C:\", @"\\?\C:\")]
    [InlineData(@"C:\a\..\..\b\.\c.", @"\\?\C:\b\c.")]
    [InlineData(@"C:\nul", @"\\?\C:\nul")]
    [InlineData(@"\\server\share\a", @"\\?\UNC\server\share\a")]
    [InlineData("//server/share/..", @"\\?\UNC\server\share\")]
    [InlineData(@"\\?\C:\a/b", @"\\?\C:\a/b")]
    [InlineData(@"\\.\pipe\x", @"\\.\pipe\x")]
    public void Paths_are_taken_word_for_word(string path, string expected) =>
        Assert.Equal(expected, WindowsPath.Extend(path));

    [Theory]
    [InlineData("a")]
    [InlineData("C:a")]
    [InlineData("C:")]
    [InlineData(@"\a")]
    [InlineData("")]
    public void What_depends_on_where_one_is_is_no_path(string path) =>
        Assert.Throws<ArgumentException>(() => WindowsPath.Extend(path));
}
