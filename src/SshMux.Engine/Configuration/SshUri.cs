using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Configuration;

/// <summary>
/// A destination as ssh://[user@]host[:port][/] (draft-ietf-secsh-scp-sftp-ssh-uri), read as ssh(1) reads it.
/// </summary>
/// <param name="Host">The host, an IPv6 address without its brackets.</param>
/// <param name="User">The user with the escapes resolved; null if none is named.</param>
/// <param name="Port">The port, 1 to 65535; null if none is named.</param>
internal sealed record SshUri(string Host, string? User, int? Port)
{
    /// <summary>What it begins with.</summary>
    public const string Scheme = "ssh://";

    /// <summary>Reads what follows <see cref="Scheme"/>; false if it is no destination.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SshUri? uri)
    {
        uri = null;
        var rest = text;
        string? user = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            // What follows a semicolon are connection parameters, of which none has a meaning yet.
            user = Unescape(rest[..at].Split(';')[0]);
            if (user is not { Length: > 0 }) return false;
            rest = rest[(at + 1)..];
        }

        string host;
        if (rest.StartsWith('['))
        {
            var close = rest.IndexOf(']', StringComparison.Ordinal);
            if (close < 0) return false;
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
            port = PortOf(rest[1..]);
            if (port is null) return false;
        }
        else if (rest.Length > 0 && rest != ":")
        {
            return false;
        }

        if (host.Length == 0) return false;
        uri = new SshUri(host, user, port);
        return true;
    }

    /// <summary>A number from 1 to 65535, or the name of a service that the system knows ("ssh"); else null.</summary>
    public static int? PortOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port is >= 1 and <= 65535 ? port : null
            : ServicePort.Find(text);

    /// <summary>
    /// Resolves %XX and +, as ssh(1); null if a % is followed by something else, or by 00. <see cref="Uri"/> would let
    /// such stand, and so name another user than was meant.
    /// </summary>
    private static string? Unescape(string text)
    {
        var source = Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(source.Length);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '%')
            {
                bytes.Add(source[i] == '+' ? (byte)' ' : source[i]);
                continue;
            }

            if (i + 2 >= source.Length || !char.IsAsciiHexDigit((char)source[i + 1])
                || !char.IsAsciiHexDigit((char)source[i + 2]))
            {
                return null;
            }

            var value = Convert.ToByte(Encoding.ASCII.GetString(source, i + 1, 2), 16);
            if (value == 0) return null;
            bytes.Add(value);
            i += 2;
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.ToArray());
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
