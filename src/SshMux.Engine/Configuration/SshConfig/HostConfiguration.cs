using SshMux.Engine.Platform;

namespace SshMux.Engine.Configuration.SshConfig;

/// <summary>
/// The settings for one host. They come from <c>ssh -G</c> where an OpenSSH client is on PATH, so that ssh_config(5)
/// means exactly what it means to OpenSSH; else from the query and OpenSSH's defaults, and no file is read.
/// </summary>
internal sealed partial class HostConfiguration
{
    private readonly HostQuery _query;
    private readonly SettingValues _values;

    private HostConfiguration(
        HostQuery query, SettingValues values, string host, string? sshProgram, IReadOnlyList<string> warnings)
    {
        _query = query;
        _values = values;
        Host = host;
        SshProgram = sshProgram;
        Warnings = warnings;
        Read();
    }

    /// <summary>The OpenSSH client that read the configuration; null if it comes from our own defaults.</summary>
    public string? SshProgram { get; }

    /// <summary>What the reader of the configuration warned of; for the user to see.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>All keywords that have a value, in lower case.</summary>
    public IEnumerable<string> Keywords => _values.Keywords.Where(keyword => keyword != UnsupportedKeyword);

    /// <summary>Reads the settings for a host.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: a file, an option or a value is wrong (the message is ssh's own
    /// where ssh read it); <see cref="SshError.NotSupported"/>: a configuration file is named but there is no ssh to
    /// read it.
    /// </exception>
    public static async Task<HostConfiguration> LoadAsync(
        HostQuery query, CancellationToken cancellationToken = default)
    {
        CheckQuery(query);
        (query, var prewarm) = TakeOption(query, PrewarmKeyword);
        var unsupported = FindUnsupported(query).ToArray();
        var program = query.SshProgram is null ? SshConfig.SshProgram.Find()
            : SettingValues.Is(query.SshProgram, "none") ? null
            : query.SshProgram;
        if (program is null)
        {
            var (host, defaults) = DefaultConfiguration.Load(query);
            if (prewarm is not null) defaults.Add(PrewarmKeyword, prewarm);
            foreach (var line in unsupported) defaults.Add(UnsupportedKeyword, line);
            return new HostConfiguration(query, defaults, host, null, []);
        }

        var (forSsh, newer) = TakeNewerOptions(query);
        var (lines, warnings) =
            await SshConfig.SshProgram.PrintConfigurationAsync(program, forSsh, cancellationToken)
                .ConfigureAwait(false);
        var values = new SettingValues();
        if (prewarm is not null) values.Add(PrewarmKeyword, prewarm);
        foreach (var line in unsupported) values.Add(UnsupportedKeyword, line);
        foreach (var option in newer) values.Add(option.Keyword, option.Value);
        if (RefusesAgentForwarding(query)) values.Add("forwardagent", "no");
        foreach (var line in lines)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0) continue;

            // What was not left to ssh is not what it says of it.
            var keyword = line[..space].ToLowerInvariant();
            if (newer.Any(option => option.Keyword == keyword)) continue;

            // What ssh has expanded is not expanded again, and what was not left to it is.
            var value = line[(space + 1)..];
            values.Add(
                keyword,
                keyword == VersionAddendumKeyword ? value.Replace("%", "%%", StringComparison.Ordinal) : value);
        }

        // Before OpenSSH 9.1 ssh -G did not print the host as it was given.
        var original = values.First("host") ?? Destination.Parse(query.Host).Host;
        return new HostConfiguration(query, values, original, program, warnings);
    }

    /// <summary>
    /// Has OpenSSH's ssh print the configuration for a command line that has -G, in our place; gives its exit status,
    /// null if no ssh is on PATH.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: ssh cannot be run.</exception>
    public static async Task<int?> PrintAsync(
        IReadOnlyList<string> arguments, CancellationToken cancellationToken = default) =>
        SshConfig.SshProgram.Find() is { } program
            ? await SshConfig.SshProgram.RunAsync(program, arguments, cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>The first value of a keyword of ssh_config(5), as ssh -G prints it; null if it has none.</summary>
    public string? Get(string keyword) => _values.First(keyword);

    /// <summary>All values of a keyword that can be given more than once.</summary>
    public IReadOnlyList<string> GetAll(string keyword) => _values.All(keyword);

    private static void CheckQuery(HostQuery query)
    {
        if (query.Host.Length == 0) throw new SshException(SshError.ConfigurationInvalid, "the host name is empty");
        if (query.Port is < 1 or > 65535)
        {
            throw new SshException(SshError.ConfigurationInvalid, $"the port {query.Port} is not in 1-65535");
        }

        UnixPath.Demand(query.Host, "the host");
        if (query.ConfigFile is { } file) UnixPath.Demand(file, "the configuration file");
        var texts = query.Options.Concat(query.IdentityFiles).Append(query.Host).Append(query.User ?? "");
        if (texts.Any(text => text.AsSpan().IndexOfAny('\0', '\n', '\r') >= 0))
        {
            throw new SshException(
                SshError.ConfigurationInvalid, "a host name, user or option contains a line break or NUL");
        }
    }
}
