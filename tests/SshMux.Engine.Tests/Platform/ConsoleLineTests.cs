using System.Text;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Tests.Platform;

/// <summary>A line that is typed on Windows' console; the rules are the same on every system.</summary>
[Trait("System", "any")]
public class ConsoleLineTests
{
    [Theory]
    [InlineData("secret\r", "secret")]
    [InlineData("\r", "")]
    [InlineData("sä\bx€😀\b\u007f!\r", "sx!")]
    [InlineData("\b\bwrong\u0015right\r", "right")]
    [InlineData("wrong\u001bright\n", "right")]
    [InlineData("a\tb\u0004c\r", "abc")] // keys that mean nothing here
    [InlineData("\u0004", null)]
    [InlineData("\u001a", null)]
    public void A_line_can_be_corrected_until_it_is_sent_off(string typed, string? expected)
    {
        using var line = new ConsoleLine(echo: false);
        var shown = Type(line, typed);
        Assert.True(line.IsComplete);
        Assert.Equal(expected, line.Text is { } text ? Encoding.UTF8.GetString(text.Span) : null);
        Assert.Equal("\r\n", shown);
    }

    [Fact]
    public void What_is_typed_is_shown_if_it_may_be()
    {
        using var line = new ConsoleLine(echo: true);
        Assert.Equal("a€\b \bbc\b \b\b \b\b \b", Type(line, "a€\bbc\u0015"));
        Assert.False(line.IsComplete);
        Assert.Null(line.Text);
    }

    [Fact]
    public void What_is_too_long_is_not_taken()
    {
        using var line = new ConsoleLine(echo: false);
        Type(line, new string('x', 5000) + "\r");
        Assert.Equal(4096, line.Text!.Value.Length);
    }

    private static string Type(ConsoleLine line, string keys) => string.Concat(keys.Select(unit => line.Add(
        new ConsoleRecord { Kind = ConsoleRecord.Key, IsDown = 1, Repeats = 1, Character = unit })));
}
