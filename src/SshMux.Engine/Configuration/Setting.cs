namespace SshMux.Engine.Configuration;

/// <summary>What one line, or one option, says of a keyword.</summary>
/// <param name="Words">Its words, in the spelling that ssh -G prints.</param>
/// <param name="Origin">Where it was written.</param>
internal sealed record Setting(IReadOnlyList<string> Words, SettingOrigin Origin)
{
    /// <summary>The words with a space between.</summary>
    public string Text { get; } = Words.Count == 1 ? Words[0] : string.Join(' ', Words);
}
