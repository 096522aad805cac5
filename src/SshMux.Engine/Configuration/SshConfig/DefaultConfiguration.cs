using System.Collections.Frozen;
using System.Globalization;

namespace SshMux.Engine.Configuration.SshConfig;

/// <summary>
/// The configuration where no OpenSSH client is installed: the query's parameters and options, and OpenSSH's defaults.
/// No file is read.
/// </summary>
internal static class DefaultConfiguration
{
    /// <summary>The key files that OpenSSH tries when none is configured, and that we can use.</summary>
    private static readonly string[] DefaultIdentityFiles =
        ["~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519", "~/.ssh/id_mldsa44_ed25519"];

    private static readonly FrozenSet<string> RepeatedKeywords = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "identityfile", "certificatefile", "sendenv", "setenv", "localforward", "remoteforward", "dynamicforward");

    private static readonly FrozenDictionary<string, string> Aliases = new Dictionary<string, string>
    {
        ["challengeresponseauthentication"] = "kbdinteractiveauthentication",
        ["skeyauthentication"] = "kbdinteractiveauthentication",
        ["dsaauthentication"] = "pubkeyauthentication",
        ["identityfile2"] = "identityfile",
        ["pubkeyacceptedkeytypes"] = "pubkeyacceptedalgorithms",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The host as it was named, and the values.</summary>
    public static (string Host, SettingValues Values) Load(HostQuery query)
    {
        if (query.ConfigFile is { } file && !SettingValues.Is(file, "none"))
        {
            throw new SshException(
                SshError.NotSupported,
                $"the configuration file '{file}' cannot be read: that needs OpenSSH's ssh on PATH " +
                "(Debian: openssh-client)");
        }

        var destination = Destination.Parse(query.Host);
        var values = new SettingValues();
        foreach (var key in query.IdentityFiles) values.Add("identityfile", key);
        AddIfGiven(values, query.User, query.Port);
        foreach (var option in query.Options) AddOption(values, option);
        AddIfGiven(values, destination.User, destination.Port);
        if (query.StdioForward)
        {
            values.Add("exitonforwardfailure", "yes");
            values.Add("clearallforwardings", "yes");
        }

        if (values.All("identityfile").Count == 0)
        {
            foreach (var key in DefaultIdentityFiles) values.Add("identityfile", key);
        }

        var hostName = values.First("hostname")?
            .Replace("%%", "\0", StringComparison.Ordinal)
            .Replace("%h", destination.Host, StringComparison.Ordinal)
            .Replace('\0', '%') ?? destination.Host;
        var result = new SettingValues();
        result.Add("hostname", hostName.ToLowerInvariant());
        foreach (var keyword in values.Keywords.Where(keyword => keyword != "hostname"))
        {
            foreach (var value in values.All(keyword)) result.Add(keyword, value);
        }

        return (destination.Host, result);
    }

    private static void AddIfGiven(SettingValues values, string? user, int? port)
    {
        if (user is not null) values.Add("user", user);
        if (port is { } number) values.Add("port", number.ToString(CultureInfo.InvariantCulture));
    }

    private static void AddOption(SettingValues values, string option)
    {
        var text = option.Trim();
        var end = text.AsSpan().IndexOfAny("= \t");
        var keyword = (end < 0 ? text : text[..end]).ToLowerInvariant();
        if (Aliases.TryGetValue(keyword, out var name)) keyword = name;
        if (!Keywords.All.Contains(keyword))
        {
            throw new SshException(SshError.ConfigurationInvalid, $"ssh_config has no keyword '{keyword}'");
        }

        var value = end < 0 ? "" : text[end..].TrimStart(' ', '\t');
        if (value.StartsWith('=')) value = value[1..].TrimStart(' ', '\t');
        var quoted = value.Length > 1 && value.StartsWith('"') && value.EndsWith('"') && !IsCommand(keyword);
        if (quoted) value = value[1..^1];
        if (value.Length == 0)
        {
            throw new SshException(SshError.ConfigurationInvalid, $"the option '{keyword}' has no value");
        }

        if (keyword == "refuseconnection")
        {
            throw new SshException(SshError.ConfigurationInvalid, $"RefuseConnection: {value}");
        }

        if (keyword == "setenv" && !quoted)
        {
            // One option may set several variables; each is a value of its own, as ssh -G prints them.
            foreach (var variable in SettingValues.Words(value)) values.Add(keyword, variable);
            return;
        }

        if (RepeatedKeywords.Contains(keyword) || values.First(keyword) is null) values.Add(keyword, value);
    }

    /// <summary>Whether the value is a command line, of which quotes are a part.</summary>
    private static bool IsCommand(string keyword) =>
        keyword is "proxycommand" or "localcommand" or "remotecommand" or "knownhostscommand";
}
