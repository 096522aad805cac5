namespace SshMux.Engine.Configuration;

/// <summary>The escape character of a session with a terminal (EscapeChar, -e).</summary>
internal static class EscapeCharacter
{
    /// <summary>
    /// Reads the configured value: "~", "^]", or "\^]" as ssh -G shows a control character. Nothing configured is the
    /// tilde; null means none, and so does a value that is no character.
    /// </summary>
    public static char? Parse(string? value) => TryParse(value, out var character) ? character : null;

    /// <summary>
    /// Reads a value that somebody gives on purpose: false if it is neither one character, nor a control character
    /// ("^]"), nor "none".
    /// </summary>
    public static bool TryParse(string? value, out char? character)
    {
        character = '~';
        if (value is null) return true;
        if (value is ['\\', _, ..]) value = value[1..];
        character = value switch
        {
            [var one] => one,
            ['^', var letter] => (char)(letter & 31),
            _ => null,
        };
        return character is not null || value.Equals("none", StringComparison.OrdinalIgnoreCase);
    }
}
