using System.Globalization;
using System.Text;

namespace SshMux.Engine.Configuration.Forwards;

/// <summary>One end of a forward: a host and a TCP port, or a unix socket.</summary>
/// <param name="Host">
/// The host, or the path of the unix socket. Where a forward listens, "" is the default (loopback, or what GatewayPorts
/// says) and "*" all addresses.
/// </param>
/// <param name="Port">The port; <see cref="PathPort"/> makes the host a path.</param>
public sealed record ForwardEndpoint(string Host, int Port)
{
    /// <summary>The port that stands for a unix socket; as a uint32, what PROTOCOL.mux uses for it.</summary>
    internal const int PathPort = -2;

    /// <summary>Whether this is a unix socket.</summary>
    public bool IsPath => Port == PathPort;

    /// <summary>A unix socket.</summary>
    public static ForwardEndpoint ForPath(string path) => new(path, PathPort);

    private string HostText =>
        Host.Contains(':') && Host.AsSpan().IndexOfAny('/', ']', '\\') < 0 ? $"[{Host}]" : Escape(Host, "\\:/");

    /// <summary>The end as ssh(1) takes it in a forward: <c>host:port</c>, <c>[v6]:port</c>, <c>port</c> or a path.</summary>
    public override string ToString()
    {
        if (IsPath) return Host.StartsWith('/') || Host.Contains(']') ? Escape(Host, "\\:") : $"[{Host}]";
        var port = Port.ToString(CultureInfo.InvariantCulture);
        return Host.Length == 0 ? port : $"{HostText}:{port}";
    }

    // With a backslash, as ssh(1) reads it; at the start it also keeps what would be a bracket or skipped space.
    private static string Escape(string text, string special)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            var isSpecial = special.Contains(character)
                || (escaped.Length == 0 && (character == '[' || char.IsWhiteSpace(character)));
            if (isSpecial) escaped.Append('\\');
            escaped.Append(character);
        }

        return escaped.ToString();
    }
}
