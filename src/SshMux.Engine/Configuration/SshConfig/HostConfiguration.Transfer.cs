namespace SshMux.Engine.Configuration.SshConfig;

/// <content>Settings that one process has read and another one uses.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>
    /// The settings as texts, for <see cref="Unpack"/>: reading them again would run <c>ssh -G</c>, and what a Match
    /// exec runs, once more.
    /// </summary>
    public IReadOnlyList<string> Pack()
    {
        List<string> texts = [_query.Host, _query.ConfigFile ?? "", _query.SshProgram ?? "", Host, SshProgram ?? ""];
        foreach (var keyword in _values.Keywords)
        {
            foreach (var value in GetAll(keyword)) texts.AddRange([keyword, value]);
        }

        return texts;
    }

    /// <summary>The settings that <see cref="Pack"/> gave; without the warnings.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: a value is wrong.</exception>
    public static HostConfiguration Unpack(IReadOnlyList<string> texts)
    {
        var query = new HostQuery
        {
            Host = texts[0],
            ConfigFile = OrNull(texts[1]),
            SshProgram = OrNull(texts[2]),
        };
        var values = new SettingValues();
        for (var i = 5; i + 1 < texts.Count; i += 2) values.Add(texts[i], texts[i + 1]);
        return new HostConfiguration(query, values, texts[3], OrNull(texts[4]), []);

        static string? OrNull(string text) => text.Length == 0 ? null : text;
    }
}
