using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Configuration.SshConfig.Values;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Agents;

namespace SshMux.Engine.Configuration.SshConfig;

/// <summary>
/// The settings for one host: those of the query, of the user's and of the system's configuration file, as ssh_config(5)
/// has them, and the defaults of OpenSSH.
/// </summary>
internal sealed partial class HostConfiguration
{
    private readonly HostQuery _query;
    private readonly SettingValues _values;
    private readonly ReadingNotes _notes;

    private HostConfiguration(HostQuery query, SettingValues values, string host, ReadingNotes notes)
    {
        _query = query;
        _values = values;
        _notes = notes;
        Host = host;
        Read();
    }

    /// <summary>Whether it is for a stdio forward (<c>-W</c>), which goes without other forwards.</summary>
    public bool IsStdioForward => _query.StdioForward;

    /// <summary>What the reader of the configuration warned of; for the user to see.</summary>
    public IEnumerable<string> Warnings => _notes.Warnings;

    /// <summary>What was read and which sections are for the host, in the words of <c>ssh -v</c>.</summary>
    public IReadOnlyList<string> Steps => _notes.Steps;

    /// <summary>Reads the settings for a host.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: a file, an option or a value is wrong, in ssh(1)'s words with the place
    /// where it stands; <see cref="SshError.HostNotFound"/>: the host's name is to be made canonical, and there is no such
    /// host.
    /// </exception>
    public static async Task<HostConfiguration> LoadAsync(HostQuery query, CancellationToken cancellationToken = default)
    {
        CheckQuery(query);
        var (values, host, notes) =
            await ConfigurationReader.ReadAsync(query, cancellationToken).ConfigureAwait(false);
        var configuration = new HostConfiguration(query, values, host, notes);
        configuration.CheckTogether();
        return configuration;
    }

    /// <summary>The first value of a keyword of ssh_config(5), in lower case; null if it is not set.</summary>
    public string? Get(string keyword) => _values.First(keyword);

    /// <summary>What ssh -G prints of the configuration, a line for each keyword or value.</summary>
    public IReadOnlyList<ShownSetting> Show() => ShownSettings.Of(this, _values);

    private static void CheckQuery(HostQuery query)
    {
        if (query.Host.Length == 0) throw new SshException(SshError.ConfigurationInvalid, "the host name is empty");
        if (query.Port is < 1 or > 65535)
        {
            throw new SshException(SshError.ConfigurationInvalid, $"the port {query.Port} is not in 1-65535");
        }

        UnixPath.Demand(query.Host, "the host");
        var texts = query.Options.Select(option => option.Trim()).Concat(query.IdentityFiles);
        if (texts.Append(query.Host).Append(query.User ?? "").Any(text => text.AsSpan().IndexOfAny('\0', '\n', '\r') >= 0))
        {
            throw new SshException(
                SshError.ConfigurationInvalid, "a host name, user or option contains a line break or NUL");
        }
    }

    /// <summary>What may not be together.</summary>
    private void CheckTogether()
    {
        if (ProxyJump is { } jump) CheckJump(JumpHost.Parse(jump).Last);
        if (_values.First("proxycommand") == "-" && ProxyUseFdpass)
        {
            throw Wrong("ProxyCommand=- and ProxyUseFDPass are incompatible");
        }

        var command = _query.Command is { Length: > 0 };
        if (command && RemoteCommand is not null) throw Wrong("Cannot execute command-line and remote command.");
        if (ForkAfterAuthentication && !command && RemoteCommand is null && SessionType != SessionType.None)
        {
            throw Wrong("Cannot fork into background without a command to execute.");
        }

        if (ForwardedAgent is { } socket && _values.Has(KeywordDefinitions.ForwardedSocket) && !AgentSockets.Current.Exists(socket))
        {
            var message = $"Cannot forward agent socket path \"{socket}\": No such file or directory";
            if (ExitOnForwardFailure) throw Wrong(message);
            _notes.Warn(message);
        }

        static SshException Wrong(string message) => new(SshError.ConfigurationInvalid, message);
    }
}
