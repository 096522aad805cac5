using SshMux.Cli.Output;
using SshMux.Engine.Configuration;

namespace SshMux.Cli.Arguments;

/// <summary>The destination of a command line: host, user@host or ssh://[user@]host[:port].</summary>
internal readonly record struct DestinationArgument(string Host, string? User, int? Port)
{
    /// <summary>Reads a destination.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static DestinationArgument Parse(string text)
    {
        if (text.StartsWith(SshUri.Scheme, StringComparison.Ordinal))
        {
            return SshUri.TryParse(text[SshUri.Scheme.Length..], out var uri)
                ? new DestinationArgument(uri.Host, uri.User, uri.Port)
                : throw Invalid(text);
        }

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

    private static UsageException Invalid(string text) =>
        new($"'{text}' is not a destination; give host, user@host or ssh://[user@]host[:port]", showUsage: true);
}
