using System.Globalization;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>What the tokens stand for while files are read: what is known by now.</summary>
internal static class SettingTokens
{
    /// <summary>The tokens of Match exec and Include.</summary>
    /// <exception cref="SshException">HostName has a token that it cannot have.</exception>
    public static ConnectionTokens Of(SettingValues values, MatchSubject subject)
    {
        var host = HostName(values, subject);
        var port = int.Parse(values.First("port") ?? "22", NumberStyles.None, CultureInfo.InvariantCulture);
        var jump = values.NotNone("proxyjump");
        return new ConnectionTokens(subject.OriginalHost, host, port, User(values))
        {
            HostKeyAlias = values.First("hostkeyalias") ?? host,
            ProxyJump = jump is null ? "" : JumpHost.Parse(jump).Last.Host,
        };
    }

    /// <summary>The name to connect to.</summary>
    /// <exception cref="SshException">HostName has a token that it cannot have.</exception>
    public static string HostName(SettingValues values, MatchSubject subject)
    {
        if (values.First("hostname") is not { } name) return subject.Host;
        return subject.IsFinal ? name : Expand(name, subject.Host);
    }

    /// <summary>HostName with its token %h.</summary>
    /// <exception cref="SshException">It has another one.</exception>
    public static string Expand(string name, string host) =>
        new ConnectionTokens(host, host, 0, "").ExpandPercent(name, "HostName", "%h");

    /// <summary>The user on the server.</summary>
    public static string User(SettingValues values) => values.First("user") ?? LocalUser.Current.Name;
}
