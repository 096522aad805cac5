using System.Globalization;

namespace SshMux.Engine.Configuration;

/// <summary>One hop of ProxyJump: [user@]host[:port] or ssh://[user@]host[:port].</summary>
internal readonly record struct JumpHost(string Host, string? User, int? Port)
{
    /// <summary>
    /// The last hop, over which the host itself is reached, and the hops before it in ProxyJump's syntax; null: none.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>.</exception>
    public static (JumpHost Last, string? Before) Parse(string proxyJump)
    {
        var comma = proxyJump.LastIndexOf(',');
        return (ParseOne(proxyJump[(comma + 1)..]), comma < 0 ? null : proxyJump[..comma]);
    }

    private static JumpHost ParseOne(string text)
    {
        text = text.Trim();
        if (text.StartsWith("ssh://", StringComparison.OrdinalIgnoreCase))
        {
            var destination = Destination.Parse(text);
            return Checked(text, destination.Host, destination.User, destination.Port);
        }

        var at = text.LastIndexOf('@');
        var user = at < 0 ? null : text[..at];
        var host = text[(at + 1)..];
        string? port = null;
        if (host.StartsWith('['))
        {
            var close = host.IndexOf(']', StringComparison.Ordinal);
            if (close < 0) throw Invalid(text);
            var after = host[(close + 1)..];
            if (after.Length > 0) port = after[0] == ':' ? after[1..] : throw Invalid(text);
            host = host[1..close];
        }
        else if (host.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
        {
            (host, port) = (host[..colon], host[(colon + 1)..]);
        }

        if (port is null) return Checked(text, host, user, null);
        return ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? Checked(text, host, user, number)
            : throw Invalid(text);
    }

    private static JumpHost Checked(string text, string host, string? user, int? port) =>
        host.Length > 0 && user is not { Length: 0 }
            ? new JumpHost(host, user, port)
            : throw Invalid(text);

    /// <summary>
    /// Demands names that can be logged in to. A file may have others, which ssh(1) takes until then.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>.</exception>
    public void DemandValidNames()
    {
        if (DestinationNames.IsValidHost(Host) && DestinationNames.IsValidUser(User ?? "")) return;
        throw Invalid(User is null ? Host : $"{User}@{Host}");
    }

    private static SshException Invalid(string text) => new(
        SshError.ConfigurationInvalid,
        $"ProxyJump '{text}' is not a host; give [user@]host[:port] or ssh://[user@]host[:port]");
}
