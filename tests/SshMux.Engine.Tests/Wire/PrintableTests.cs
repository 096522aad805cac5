using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Wire;

/// <summary>What a peer sent, and a terminal must not obey.</summary>
public class PrintableTests
{
    [Theory]
    [InlineData("plain smørrebrød \U0001F480", "plain smørrebrød \U0001F480")]
    [InlineData("\u001b]0;owned\u0007", "?]0;owned?")]
    [InlineData("two\nlines\ttab", "two?lines?tab")]
    [InlineData("right\u202Eto left", "right?to left")]
    [InlineData("a\u2028b\u2029c", "a?b?c")]
    public void A_text_is_one_harmless_line(string text, string shown) => Assert.Equal(shown, Printable.Text(text));

    [Fact]
    public void Half_a_character_is_none() =>
        Assert.Equal("half \uFFFD one", Printable.Text($"half {(char)0xD83D} one"));

    [Fact]
    public void A_text_is_cut_where_it_gets_too_long()
    {
        Assert.Equal("abc", Printable.Text("abc", 3));
        Assert.Equal("abc...", Printable.Text("abcd", 3));
        Assert.Equal("abc...", Printable.Text("abcd"u8, 3));
        Assert.Equal("caf\uFFFD", Printable.Text([(byte)'c', (byte)'a', (byte)'f', 0xE9]));
    }

    [Theory]
    [InlineData("one\ntwo\n", "one\ntwo\n")]
    [InlineData("one\r\ntwo\rthree", "one\ntwo\nthree")]
    [InlineData("a\tb", "a b")]
    [InlineData("\u001b[1;31mred\u001b[0m", "red")]
    [InlineData("\u001b[2J\u001b]0;owned\u0007", "?[2J?]0;owned?")]
    public void Lines_stay_lines_and_colours_are_left_out(string text, string shown) =>
        Assert.Equal(shown, Printable.Lines(text));

    [Fact]
    public void Lines_without_harm_are_given_as_they_are()
    {
        var text = new string('x', 1000) + "\n" + new string('ü', 1000);
        Assert.Same(text, Printable.Lines(text));
    }
}
