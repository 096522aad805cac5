using SshMux.Engine.Configuration;

namespace SshMux.Cli;

/// <summary>The destination of a command line: host, user@host or ssh://[user@]host[:port].</summary>
internal readonly record struct DestinationArgument(string Host, string? User, int? Port)
{
    private const string Scheme = "ssh://";

    /// <summary>Reads a destination.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static DestinationArgument Parse(string text)
    {
        if (text.StartsWith(Scheme, StringComparison.Ordinal)) return ParseUri(text);
        var at = text.LastIndexOf('@');
        if (at == 0) throw Invalid(text);
        return at < 0 ? new DestinationArgument(text, null, null)
            : new DestinationArgument(text[(at + 1)..], text[..at], null);
    }

    /// <summary>
    /// Refuses what a shell, a ProxyCommand or a Match exec could take for more than a name: these texts end up in
    /// commands by way of tokens.
    /// </summary>
    /// <exception cref="UsageException">It must not be used.</exception>
    public static void Check(string host, string? user)
    {
        if (user is not null && !DestinationNames.IsValidUser(user))
        {
            throw new UsageException("remote username contains invalid characters");
        }

        if (host.Length == 0) throw new UsageException("the host name is empty");
        if (!DestinationNames.IsValidHost(host)) throw new UsageException("hostname contains invalid characters");
    }

    private static DestinationArgument ParseUri(string text)
    {
        var rest = text[Scheme.Length..];
        string? user = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            // What follows a semicolon are connection parameters, of which none has a meaning yet.
            user = Uri.UnescapeDataString(rest[..at].Split(';')[0]);
            rest = rest[(at + 1)..];
            if (user.Length == 0) throw Invalid(text);
        }

        string host;
        if (rest.StartsWith('['))
        {
            var close = rest.IndexOf(']', StringComparison.Ordinal);
            if (close < 0) throw Invalid(text);
            (host, rest) = (rest[1..close], rest[(close + 1)..]);
        }
        else
        {
            var end = rest.AsSpan().IndexOfAny(':', '/');
            (host, rest) = end < 0 ? (rest, "") : (rest[..end], rest[end..]);
        }

        int? port = null;
        if (rest.EndsWith('/')) rest = rest[..^1];
        if (rest.Length > 1 && rest[0] == ':')
        {
            if (!PortNumber.TryParse(rest[1..], out var number)) throw Invalid(text);
            port = number;
        }
        else if (rest.Length > 0 && rest != ":")
        {
            throw Invalid(text);
        }

        return host.Length == 0 ? throw Invalid(text) : new DestinationArgument(host, user, port);
    }

    private static UsageException Invalid(string text) =>
        new($"'{text}' is not a destination; give host, user@host or ssh://[user@]host[:port]", showUsage: true);
}
