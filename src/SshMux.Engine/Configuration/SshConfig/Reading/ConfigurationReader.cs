using System.Globalization;
using SshMux.Engine.Configuration.SshConfig.Syntax;
using SshMux.Engine.Configuration.SshConfig.Values;
using SshMux.Engine.Platform.Files;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>
/// Reads the configuration for a host as ssh(1) does: the command line, the user's file, the system's; and the files once
/// more when the host's canonical name is known, if that could make a difference.
/// </summary>
internal sealed class ConfigurationReader
{
    private readonly HostQuery _query;
    private readonly SettingValues _values = new();
    private readonly SettingCollector _collector;
    private readonly ReadingNotes _notes = new();

    // Whether the user is one of the command line, and so has no tokens.
    private bool _isUserLiteral;

    private ConfigurationReader(HostQuery query)
    {
        _query = query;
        _collector = new SettingCollector(_values);
    }

    /// <summary>Reads it.</summary>
    /// <returns>
    /// What is set, with the name to connect to and the user, and without the defaults; the host as it was named, and what
    /// is to be said.
    /// </returns>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: something in it is wrong; <see cref="SshError.HostNotFound"/>: the
    /// host's canonical name cannot be found.
    /// </exception>
    public static async Task<(SettingValues Values, string Host, ReadingNotes Notes)> ReadAsync(
        HostQuery query, CancellationToken cancellationToken)
    {
        var reader = new ConfigurationReader(query);
        var destination = reader.TakeCommandLine();
        await reader.ReadFilesAsync(destination.Host, cancellationToken).ConfigureAwait(false);
        reader.FinishUser(destination);
        return (reader._values, destination.Host, reader._notes);
    }

    private Destination TakeCommandLine()
    {
        foreach (var file in _query.IdentityFiles) TakeIdentityFile(file);
        if (_query.Port is { } port) Set("port", Text(port));
        if (_query.User is { } user) SetUser(user);
        var type = _query.StdioForward ? SessionType.None : _query.SessionType;
        if (type is not null) Set("sessiontype", ConfigurationLine.Lower(type.Value.ToString()));
        if (_query.StdioForward) Set("requesttty", "false");
        foreach (var option in _query.Options) TakeOption(option);
        foreach (var (kind, text) in _query.Forwards) TakeForward(kind, text);
        var destination = Destination.Parse(_query.Host);
        if (destination.User is { } named && !_values.Has("user")) SetUser(named);
        if (destination.Port is { } number && !_values.Has("port")) Set("port", Text(number));

        // These end up in commands, by way of tokens.
        if (_values.First("user") is { } name && !DestinationNames.IsValidUser(name))
        {
            throw InvalidUser();
        }

        return DestinationNames.IsValidHost(destination.Host)
            ? destination
            : throw new SshException(SshError.ConfigurationInvalid, "hostname contains invalid characters");
    }

    /// <summary>
    /// Expands the tokens of a user that the configuration names, of which none is the user itself; what comes of it is
    /// looked at as a name of the command line.
    /// </summary>
    private void FinishUser(Destination destination)
    {
        if (_isUserLiteral || _values.Settings("user") is not [var setting, ..]) return;
        var subject = new MatchSubject(destination.Host, destination.Host, "", IsFinal: true);
        var tokens = SettingTokens.Of(_values, subject);
        var user = tokens.Expand(setting.Text, "User", "%Likldnpuhj");
        if (user == setting.Text) return;
        if (!DestinationNames.IsValidUser(user)) throw InvalidUser();
        _values.Remove("user", _ => true);
        _values.Add("user", new Setting([user], setting.Origin));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static SshException InvalidUser() =>
        new(SshError.ConfigurationInvalid, "remote username contains invalid characters");

    private void Set(string keyword, string value) => _values.Add(keyword, value);

    private void SetUser(string user)
    {
        Set("user", user);
        _isUserLiteral = true;
    }

    private void TakeIdentityFile(string file)
    {
        var path = ConnectionTokens.ExpandTilde(file, "IdentityFile");
        if (!LocalFiles.Current.Exists(path))
        {
            _notes.Warn($"Warning: Identity file {path} not accessible: No such file or directory.");
            return;
        }

        _collector.AddIdentityFile(path);
    }

    private void TakeForward(Forwards.ForwardKind kind, string text)
    {
        var isDynamic = kind == Forwards.ForwardKind.Dynamic;
        var isRemote = kind == Forwards.ForwardKind.Remote;
        var ends = ForwardText.ParseArgument(text, isDynamic, isRemote)
            ?? throw new SshException(
                SshError.ConfigurationInvalid,
                $"Bad {ConfigurationLine.Lower(kind.ToString())} forwarding specification '{text}'");
        _values.Add(
            isDynamic ? "dynamicforward" : isRemote ? "remoteforward" : "localforward",
            new Setting(ends, SettingOrigin.CommandLine));
    }

    private void TakeOption(string option)
    {
        try
        {
            if (!ConfigurationLine.TrySplit(option, out var line)) return;
            var definition = KeywordLookup.Find(line, _values);
            var arguments = new Arguments(line.Rest);
            if (definition is null) return;
            switch (definition.Kind)
            {
                case KeywordKind.Host or KeywordKind.Match or KeywordKind.Include:
                    var name = char.ToUpperInvariant(definition.Name[0]) + definition.Name[1..];
                    throw new SshException(
                        SshError.ConfigurationInvalid, $"{name} directive not supported as a command-line option");
                case KeywordKind.Unsupported:
                    _notes.Warn($"command-line line 0: Unsupported option \"{line.Keyword}\"");
                    return;
            }

            _collector.Take(definition, arguments, true, SettingSource.CommandLine, SettingOrigin.CommandLine);
            KeywordLookup.DemandEnd(line, arguments);
        }
        catch (SettingProblem e)
        {
            throw new SshException(
                SshError.ConfigurationInvalid, ConfigurationProblems.Describe(e, SettingOrigin.CommandLine), e);
        }
    }

    private async ValueTask ReadFilesAsync(string original, CancellationToken cancellationToken)
    {
        var command = _query.Command ?? "";
        var first = PassOf(new MatchSubject(original, original, command, IsFinal: false));
        await ReadFilesAsync(first, cancellationToken).ConfigureAwait(false);

        // The second pass is read with these as they are.
        _collector.Close("canonicalizehostname", "canonicalizemaxdots", "canonicalizefallbacklocal");
        var host = _values.First("hostname") is { } named ? SettingTokens.Expand(named, original) : original;
        var canonical = new CanonicalName(_values, CanonicalName.LookUpAsync);
        host = await canonical.FindAsync(host, cancellationToken).ConfigureAwait(false);
        var origin = _values.Settings("hostname") is [var setting, ..] ? setting.Origin : SettingOrigin.CommandLine;
        _values.Remove("hostname", _ => true);
        _values.Add("hostname", new Setting([host], origin));
        if (!first.WantsFinalPass && !canonical.IsWanted) return;
        _notes.Tell(canonical.IsWanted
            ? "hostname canonicalisation enabled, will re-parse configuration"
            : "configuration requests final Match pass");
        var second = PassOf(new MatchSubject(host, original, command, IsFinal: true));
        await ReadFilesAsync(second, cancellationToken).ConfigureAwait(false);

        ConfigurationPass PassOf(MatchSubject subject) => new(_values, _collector, subject, _notes);
    }

    private async ValueTask ReadFilesAsync(ConfigurationPass pass, CancellationToken cancellationToken)
    {
        if (_query.ConfigFile is { } file)
        {
            if (SettingValues.Is(file, "none")) return;
            var (isRead, why) = await pass.ReadFileAsync(file, SettingSource.User, checksOwner: false, cancellationToken)
                .ConfigureAwait(false);
            if (isRead) return;
            throw new SshException(
                SshError.ConfigurationInvalid,
                $"Can't open user config file {file}: {why ?? "No such file or directory"}");
        }

        await pass.ReadFileAsync(ConfigurationPaths.User, SettingSource.User, checksOwner: true, cancellationToken)
            .ConfigureAwait(false);
        await pass.ReadFileAsync(ConfigurationPaths.System, SettingSource.System, checksOwner: false, cancellationToken)
            .ConfigureAwait(false);
    }
}
