namespace SshMux.Engine.Configuration;

/// <summary>A destination of ssh(1): host, user@host or ssh://user@host:port.</summary>
internal readonly record struct Destination(string Host, string? User, int? Port)
{
    public static Destination Parse(string text)
    {
        if (text.StartsWith(SshUri.Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return SshUri.TryParse(text[SshUri.Scheme.Length..], out var uri)
                ? new Destination(uri.Host, uri.User, uri.Port)
                : throw Invalid(text);
        }

        var at = text.LastIndexOf('@');
        var user = at < 0 ? null : text[..at];
        var host = text[(at + 1)..];
        return host.Length == 0 || user is { Length: 0 } ? throw Invalid(text) : new Destination(host, user, null);
    }

    private static SshException Invalid(string text) => new(
        SshError.ConfigurationInvalid, $"'{text}' is not a destination; give host, user@host or ssh://user@host:port");
}
