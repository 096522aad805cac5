using System.Globalization;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.Engine.Configuration.SshConfig;

/// <content>Settings that one process has read and another one uses.</content>
internal sealed partial class HostConfiguration
{
    /// <summary>
    /// The settings as texts, for <see cref="Unpack"/>: reading them again would run what a Match exec runs once more, and
    /// the files may have changed.
    /// </summary>
    public IReadOnlyList<string> Pack()
    {
        List<string> texts = [_query.Host, _query.ConfigFile ?? "", Host];
        foreach (var keyword in _values.Keywords)
        {
            foreach (var (words, origin) in _values.Settings(keyword))
            {
                texts.AddRange([keyword, origin.File ?? "", Text(origin.Line), Text(words.Count), .. words]);
            }
        }

        return texts;

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The settings that <see cref="Pack"/> gave; without the warnings.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: a value is wrong.</exception>
    public static HostConfiguration Unpack(IReadOnlyList<string> texts)
    {
        var query = new HostQuery { Host = texts[0], ConfigFile = OrNull(texts[1]) };
        var values = new SettingValues();
        for (var i = 3; i + 3 < texts.Count;)
        {
            var (keyword, file, line, count) = (texts[i], texts[i + 1], Number(texts[i + 2]), Number(texts[i + 3]));
            i += 4;
            values.Add(keyword, new Setting([.. texts.Skip(i).Take(count)], new SettingOrigin(OrNull(file), line)));
            i += count;
        }

        return new HostConfiguration(query, values, texts[2], new ReadingNotes());

        static string? OrNull(string text) => text.Length == 0 ? null : text;

        static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
