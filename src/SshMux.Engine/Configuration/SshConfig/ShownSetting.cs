namespace SshMux.Engine.Configuration.SshConfig;

/// <summary>A line of what ssh -G prints.</summary>
/// <param name="Keyword">The keyword in lower case.</param>
/// <param name="Value">Its value, with tokens expanded where ssh -G expands them.</param>
/// <param name="Origin">Where it was written; null: it is the default.</param>
internal sealed record ShownSetting(string Keyword, string Value, SettingOrigin? Origin)
{
    /// <summary>The line.</summary>
    public override string ToString() => $"{Keyword} {Value}";
}
