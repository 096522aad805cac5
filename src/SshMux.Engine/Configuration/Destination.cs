using System.Globalization;

namespace SshMux.Engine.Configuration;

/// <summary>A destination of ssh(1): host, user@host or ssh://user@host:port.</summary>
internal readonly record struct Destination(string Host, string? User, int? Port)
{
    private const string Scheme = "ssh://";

    public static Destination Parse(string text)
    {
        var isUri = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
        var rest = isUri ? text[Scheme.Length..].TrimEnd('/') : text;
        var at = rest.LastIndexOf('@');
        var user = at < 0 ? null : rest[..at];
        var host = rest[(at + 1)..];
        int? port = null;
        if (isUri)
        {
            if (user is not null) user = Uri.UnescapeDataString(user);
            (host, port) = SplitPort(text, host);
        }

        if (host.Length == 0 || user is { Length: 0 }) throw Invalid(text);
        return new Destination(host, user, port);
    }

    private static (string Host, int? Port) SplitPort(string text, string host)
    {
        string? port = null;
        if (host.StartsWith('['))
        {
            var close = host.IndexOf(']', StringComparison.Ordinal);
            if (close < 0) throw Invalid(text);
            var after = host[(close + 1)..];
            host = host[1..close];
            if (after.Length > 0) port = after.StartsWith(':') ? after[1..] : throw Invalid(text);
        }
        else if (host.LastIndexOf(':') is >= 0 and var colon)
        {
            (host, port) = (host[..colon], host[(colon + 1)..]);
        }

        if (port is null) return (host, null);
        if (ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            return (host, number);
        }

        throw Invalid(text);
    }

    private static SshException Invalid(string text) => new(
        SshError.ConfigurationInvalid, $"'{text}' is not a destination; give host, user@host or ssh://user@host:port");
}
