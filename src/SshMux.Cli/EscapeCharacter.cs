namespace SshMux.Cli;

/// <summary>The escape character of a session with a terminal (EscapeChar, -e).</summary>
internal static class EscapeCharacter
{
    /// <summary>
    /// Reads the configured value: "~", "^]", or "\^]" as ssh -G shows a control character. Nothing configured is the
    /// tilde; null means none.
    /// </summary>
    public static char? Parse(string? value)
    {
        if (value is null) return '~';
        if (value is ['\\', _, ..]) value = value[1..];
        return value switch
        {
            [var character] => character,
            ['^', var letter] => (char)(letter & 31),
            _ => null,
        };
    }
}
