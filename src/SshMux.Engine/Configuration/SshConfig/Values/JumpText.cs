using System.Globalization;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>ProxyJump, as ssh -G prints it: hosts with commas between, the last one in brackets if it is an address.</summary>
internal static class JumpText
{
    /// <summary>Reads the text behind the keyword; null: it is none.</summary>
    /// <param name="text">Hops as [user@]host[:port] or ssh://[user@]host[:port], and perhaps a comment.</param>
    /// <param name="isStrict">Whether names are looked at closely, too, as on a command line.</param>
    public static string? Parse(string text, bool isStrict)
    {
        var comment = text.IndexOf('#', StringComparison.Ordinal);
        var hops = (comment < 0 ? text : text[..comment]).TrimEnd();
        var comma = hops.LastIndexOf(',');
        if (ParseHop(hops[(comma + 1)..], isStrict) is not { } last) return null;
        if (comma < 0) return last;
        var before = hops[..comma];
        return Array.TrueForAll(before.Split(','), hop => ParseHop(hop, isStrict) is not null)
            ? $"{before},{last}"
            : null;
    }

    private static string? ParseHop(string text, bool isStrict)
    {
        var (user, host, port) = text.StartsWith(SshUri.Scheme, StringComparison.Ordinal)
            ? SshUri.TryParse(text[SshUri.Scheme.Length..], out var uri) && DomainNames.FindProblem(uri.Host) is null
                ? (uri.User, uri.Host, uri.Port ?? -1)
                : (null, "", 0)
            : ParsePlain(text);
        if (host.Length == 0 || port == 0) return null;
        if (isStrict && !(DestinationNames.IsValidHost(host) && DestinationNames.IsValidUser(user ?? ""))) return null;
        var isAddress = host.Contains(':', StringComparison.Ordinal) || DomainNames.IsNumeric(host);
        return (user is null ? "" : user + '@') + (isAddress ? $"[{host}]" : host)
            + (port > 0 ? string.Create(CultureInfo.InvariantCulture, $":{port}") : "");
    }

    /// <summary>The port is -1 if none is named, and 0 if it is wrong.</summary>
    private static (string? User, string Host, int Port) ParsePlain(string text)
    {
        var at = text.LastIndexOf('@');
        if (at == 0) return (null, "", 0);
        var (user, rest) = at < 0 ? (null, text) : (text[..at], text[(at + 1)..]);
        int end;
        if (rest.StartsWith('['))
        {
            end = rest.IndexOf(']', StringComparison.Ordinal) + 1;
            if (end == 0) return (null, "", 0);
        }
        else
        {
            end = rest.AsSpan().IndexOfAny(':', '/');
            if (end < 0) end = rest.Length;
        }

        if (end < rest.Length && rest[end] is not (':' or '/')) return (null, "", 0);
        var host = rest[..end];
        if (host is ['[', .., ']']) host = host[1..^1];
        var port = end + 1 >= rest.Length ? -1 : Numbers.PortNumber(rest[(end + 1)..]) ?? 0;
        return (user, host, port);
    }
}
