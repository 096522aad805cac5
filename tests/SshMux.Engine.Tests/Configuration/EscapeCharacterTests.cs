using SshMux.Engine.Configuration;

namespace SshMux.Engine.Tests.Configuration;

[Trait("System", "any")]
public class EscapeCharacterTests
{
    [Theory]
    [InlineData(null, '~')]
    [InlineData("~", '~')]
    [InlineData("@", '@')]
    [InlineData("\\", '\\')]
    [InlineData("^]", '\u001d')]
    [InlineData("^a", '\u0001')]
    [InlineData(@"\^]", '\u001d')] // as ssh -G shows it
    [InlineData("^", '^')]
    [InlineData("none", null)]
    [InlineData("NONE", null)]
    public void It_is_one_character_or_a_control_character_or_none(string? value, char? expected)
    {
        Assert.True(EscapeCharacter.TryParse(value, out var character));
        Assert.Equal(expected, character);
        Assert.Equal(expected, EscapeCharacter.Parse(value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("^ab")]
    [InlineData(@"\ab")]
    public void Anything_else_is_none_and_told_as_wrong_to_who_gives_it_on_purpose(string value)
    {
        Assert.False(EscapeCharacter.TryParse(value, out _));
        Assert.Null(EscapeCharacter.Parse(value));
    }
}
