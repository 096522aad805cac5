using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Configuration.SshConfig.Values;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>Reads the files once: what stands in the sections that are for the host is collected.</summary>
/// <param name="values">What is set by now; the collector adds to it.</param>
/// <param name="collector">Takes the lines.</param>
/// <param name="subject">What the conditions of sections are about.</param>
/// <param name="notes">Takes what is to be said of it.</param>
internal sealed class ConfigurationPass(
    SettingValues values, SettingCollector collector, MatchSubject subject, ReadingNotes notes)
{
    private const int MaxDepth = 16;

    // What is wrong in all files, as one that includes another is not done when that one fails.
    private readonly List<string> _problems = [];

    /// <summary>Whether a condition has asked for a second pass.</summary>
    public bool WantsFinalPass { get; private set; }

    /// <summary>Reads a file, if it is there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">Whose file it is: the user's or the system's.</param>
    /// <param name="checksOwner">Whether others must not be able to write it.</param>
    /// <param name="cancellationToken">Gives up; a program of Match exec is ended.</param>
    /// <returns>Whether it could be opened, and why not if it is there.</returns>
    /// <exception cref="SshException">Something in it, or about it, is wrong.</exception>
    public async ValueTask<(bool IsRead, string? Why)> ReadFileAsync(
        string path, SettingSource source, bool checksOwner, CancellationToken cancellationToken)
    {
        try
        {
            var place = new ReadingPlace(path, source, 0, true);
            return await ReadFileAsync(place, new ConfigurationSection(), checksOwner, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (SshException e) when (_problems.Count > 0)
        {
            throw ConfigurationProblems.Failure(_problems, e);
        }
    }

    private async ValueTask<(bool IsRead, string? Why)> ReadFileAsync(
        ReadingPlace place, ConfigurationSection section, bool checksOwner, CancellationToken cancellationToken)
    {
        if (place.Depth > MaxDepth)
        {
            throw new SshException(SshError.ConfigurationInvalid, "Too many recursive configuration includes");
        }

        if (ConfigurationFile.TryRead(place.File, checksOwner, out var why) is not { } text) return (false, why);
        notes.Tell($"Reading configuration data {place.File}");
        var before = _problems.Count;
        for (int start = 0, number = 1; start < text.Length; number++)
        {
            var end = text.IndexOf('\n', start);
            if (end < 0) end = text.Length;
            if (ConfigurationLine.TrySplit(text.AsSpan(start, end - start), out var line))
            {
                var origin = new SettingOrigin(place.File, number);
                try
                {
                    await TakeLineAsync(line, place, section, origin, cancellationToken).ConfigureAwait(false);
                }
                catch (SettingProblem e)
                {
                    var problem = ConfigurationProblems.Describe(e, origin);
                    if (e.EndsAtOnce) throw new SshException(SshError.ConfigurationInvalid, problem);
                    _problems.Add(problem);
                }
            }

            start = end + 1;
        }

        var count = _problems.Count - before;
        return count == 0 ? (true, null) : throw new SshException(
            SshError.ConfigurationInvalid, $"{place.File}: terminating, {count} bad configuration options");
    }

    private async ValueTask TakeLineAsync(
        ConfigurationLine line, ReadingPlace place, ConfigurationSection section, SettingOrigin origin,
        CancellationToken cancellationToken)
    {
        var definition = KeywordLookup.Find(line, values);
        var arguments = new Arguments(line.Rest);
        if (definition is null) return;
        switch (definition.Kind)
        {
            case KeywordKind.Host:
                section.IsActive = MatchesHost(arguments, place);
                if (section.IsActive) notes.Tell($"{origin.InMessages}: Applying options for {line.Rest}");
                break;
            case KeywordKind.Match:
                var condition = new MatchCondition(values, subject, runs: place.CanMatch);
                section.IsActive = await JudgeAsync(condition, arguments, cancellationToken).ConfigureAwait(false)
                    && place.CanMatch;
                if (section.IsActive) notes.Tell($"{origin.InMessages}: Applying options for Match {line.Rest}");
                break;
            case KeywordKind.Include:
                await IncludeAsync(arguments, place, section, origin, cancellationToken).ConfigureAwait(false);
                break;
            case KeywordKind.Unsupported:
                notes.Warn($"{origin.InMessages}: Unsupported option \"{line.Keyword}\"");
                return;
            default:
                collector.Take(definition, arguments, section.IsActive, place.Source, origin);
                break;
        }

        KeywordLookup.DemandEnd(line, arguments);
    }

    private bool MatchesHost(Arguments arguments, ReadingPlace place)
    {
        var matches = false;
        while (arguments.Next() is { } pattern)
        {
            if (pattern.Length == 0) throw new SettingProblem("keyword host empty argument");
            if (!place.CanMatch)
            {
                arguments.Consume();
                return false;
            }

            var excludes = pattern[0] == '!';
            if (!HostPattern.Matches(subject.Host, excludes ? pattern.AsSpan(1) : pattern)) continue;
            if (excludes)
            {
                arguments.Consume();
                return false;
            }

            matches = true;
        }

        return matches;
    }

    private async ValueTask<bool> JudgeAsync(
        MatchCondition condition, Arguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await condition.IsFulfilledAsync(arguments, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            WantsFinalPass |= condition.WantsFinalPass;
        }
    }

    private async ValueTask IncludeAsync(
        Arguments arguments, ReadingPlace place, ConfigurationSection section, SettingOrigin origin,
        CancellationToken cancellationToken)
    {
        while (arguments.Next() is { } word)
        {
            if (word.Length == 0) throw new SettingProblem("keyword include empty argument");
            if (Expand(word, origin) is not { } path) continue;
            var files = Find(path, place);
            if (files.Count == 0) notes.Tell($"{origin.InMessages}: include {path} matched no files");
            foreach (var file in files)
            {
                var isActive = section.IsActive;
                var inside = new ReadingPlace(file, place.Source, place.Depth + 1, place.CanMatch && isActive);
                var (isRead, why) = await ReadFileAsync(inside, section, checksOwner: true, cancellationToken)
                    .ConfigureAwait(false);
                section.IsActive = isActive; // a section of an included file ends with it
                if (isRead) continue;
                throw new SettingProblem($"Can't open user config file {file}: {why ?? "No such file or directory"}");
            }
        }
    }

    private static IReadOnlyList<string> Find(string path, ReadingPlace place)
    {
        try
        {
            return IncludedFiles.Find(path, isUsers: place.Source == SettingSource.User);
        }
        catch (IOException e)
        {
            throw new SettingProblem(e.Message);
        }
    }

    /// <summary>A path with its tokens and variables; null: a variable is not set, and the path is passed over.</summary>
    private string? Expand(string word, SettingOrigin origin)
    {
        if (word.AsSpan().IndexOfAny('%', '$') < 0) return word;
        if (Texts.FindUnsetVariable(word) is not { Length: > 0 } variable)
        {
            return SettingTokens.Of(values, subject).Expand(word, "Include");
        }

        notes.Warn(
            $"{origin.InMessages}: Unable to expand user config file '{word}': the environment variable '{variable}' "
            + "is not set");
        return null;
    }

    /// <summary>Where reading is.</summary>
    /// <param name="File">The file.</param>
    /// <param name="Source">Whose configuration it belongs to.</param>
    /// <param name="Depth">How many files include it.</param>
    /// <param name="CanMatch">Whether a section of it can be for the host: the Include stands in one that is.</param>
    private readonly record struct ReadingPlace(string File, SettingSource Source, int Depth, bool CanMatch);
}
