using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Configuration.SshConfig.Values;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>Finds what a line is about, and sees that nothing is left of it.</summary>
internal static class KeywordLookup
{
    /// <summary>The keyword of a line; null: it is one that IgnoreUnknown lets pass.</summary>
    /// <exception cref="SettingProblem">There is no such keyword, or nothing behind it.</exception>
    public static KeywordDefinition? Find(ConfigurationLine line, SettingValues values)
    {
        if (line.Rest.Length == 0) throw new SettingProblem($"no argument after keyword \"{line.Keyword}\"");
        if (KeywordDefinitions.Find(line.Keyword) is { } found) return found;
        var ignored = values.First("ignoreunknown");
        return ignored is not null && HostPattern.MatchList(line.Keyword, ConfigurationLine.Lower(ignored)) == 1
            ? null
            : throw Unknown(line.Keyword);
    }

    private static SettingProblem Unknown(string keyword)
    {
        var like = Keywords.Nearest(keyword);
        var remedy = like is null ? "" : $"; did you mean {like}?";
        return new SettingProblem($"Bad configuration option: {keyword}{remedy}") { IsUnknownKeyword = true };
    }

    /// <summary>Sees that a line has no word more than its keyword takes.</summary>
    /// <exception cref="SettingProblem">It has.</exception>
    public static void DemandEnd(ConfigurationLine line, Arguments arguments)
    {
        if (arguments.Count > 0) throw new SettingProblem($"keyword {line.Keyword} extra arguments at end of line");
    }
}
