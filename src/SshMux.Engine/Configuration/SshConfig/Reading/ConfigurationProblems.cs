using SshMux.Engine.Configuration.SshConfig.Syntax;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>What is wrong with a configuration, as the user is told: in ssh(1)'s words, and what would do behind them.</summary>
internal static class ConfigurationProblems
{
    /// <summary>A problem with the place where it is.</summary>
    public static string Describe(SettingProblem problem, SettingOrigin origin)
    {
        var place = origin.InMessages;
        return problem.IsUnknownKeyword
            ? $"{place.Insert(place.LastIndexOf(" line ", StringComparison.Ordinal), ":")}: {problem.Message}"
            : $"{place}: {problem.Message}";
    }

    /// <summary>All that is wrong, and what has ended the reading.</summary>
    public static SshException Failure(IEnumerable<string> problems, SshException end)
    {
        List<string> all = [.. problems.Distinct()];

        // That one thing is wrong needs no summary.
        if (all.Count > 1 || !end.Message.Contains(": terminating, ", StringComparison.Ordinal)) all.Add(end.Message);
        return new SshException(end.Error, string.Join("; ", all), end);
    }
}
