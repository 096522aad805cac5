namespace SshMux.Cli.Arguments;

/// <summary>The destination of <c>-W</c>: a host and port, or a unix socket's path.</summary>
internal readonly record struct StdioForward(string Host, int Port)
{
    /// <summary>Whether <see cref="Host"/> is the path of a unix socket on the server.</summary>
    public bool IsPath => Host.StartsWith('/');

    /// <summary>Reads "host:port", "[address]:port", "host/port" or "/path"; null if it is none.</summary>
    public static StdioForward? Parse(string text)
    {
        if (text.StartsWith('/')) return text.Length > 1 ? new StdioForward(text, 0) : null;
        string host, port;
        if (text.StartsWith('['))
        {
            var close = text.IndexOf(']', StringComparison.Ordinal);
            if (close < 0 || close + 1 >= text.Length || text[close + 1] is not (':' or '/')) return null;
            (host, port) = (text[1..close], text[(close + 2)..]);
        }
        else
        {
            var separator = text.AsSpan().IndexOfAny(':', '/');
            if (separator < 0) return null;
            (host, port) = (text[..separator], text[(separator + 1)..]);
        }

        return host.Length > 0 && PortNumber.TryParse(port, out var number) ? new StdioForward(host, number) : null;
    }
}
