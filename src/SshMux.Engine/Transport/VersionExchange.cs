using System.Text;
using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <summary>The protocol version exchange (RFC 4253 section 4.2).</summary>
internal static class VersionExchange
{
    /// <summary>Our version string, without CR LF.</summary>
    public static readonly string ClientVersion = "SSH-2.0-SshMux_"
        + (typeof(VersionExchange).Assembly.GetName().Version?.ToString(3) ?? "0");

    private const int MaxVersionLine = 255; // with CR LF
    private const int MaxOtherLine = 8192;
    private const int MaxOtherLines = 1024;
    private const int Quoted = 128;

    /// <summary>Our version string with what is to follow the program's name, without CR LF.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: it would not be one any more.
    /// </exception>
    public static string VersionOf(string addendum)
    {
        if (addendum.Length == 0) return ClientVersion;
        var version = $"{ClientVersion} {addendum}";
        if (version.Length + 2 <= MaxVersionLine && !version.AsSpan().ContainsAnyExceptInRange(' ', '~')) return version;
        throw new SshException(
            SshError.ConfigurationInvalid,
            $"VersionAddendum must be printable ASCII, and the version line no longer than {MaxVersionLine} bytes with it");
    }

    /// <summary>
    /// Reads lines until the server's version string, which it returns without CR LF. The bytes after it stay in the
    /// buffer. Throws <see cref="SshException"/> for a server that does not speak SSH 2.0, quoting what it said.
    /// </summary>
    public static async Task<string> ReceiveAsync(
        Stream stream, ReceiveBuffer buffer, CancellationToken cancellationToken)
    {
        string? firstLine = null;
        for (var lines = 0; lines <= MaxOtherLines; lines++)
        {
            int end;
            var searched = 0;
            while ((end = FindLineEnd(buffer, searched)) < 0)
            {
                searched = buffer.Unread.Length;
                if (searched > MaxOtherLine) throw NotSsh(firstLine ?? Quote(buffer.Unread));
                if (IsVersion(buffer.Unread) && searched > MaxVersionLine) throw TooLong();
                var read = await stream.ReadAsync(buffer.MakeRoom(), cancellationToken).ConfigureAwait(false);
                if (read == 0) throw Closed(firstLine ?? Quote(buffer.Unread));
                buffer.Add(read);
            }

            if (TakeLine(buffer, end, ref firstLine) is { } version) return version;
        }

        throw NotSsh(firstLine!);
    }

    private static int FindLineEnd(ReceiveBuffer buffer, int from)
    {
        var index = buffer.Unread[from..].IndexOf((byte)'\n');
        return index < 0 ? -1 : from + index;
    }

    /// <summary>Consumes a line; returns it if it is the version.</summary>
    private static string? TakeLine(ReceiveBuffer buffer, int end, ref string? firstLine)
    {
        var line = buffer.Unread[..end];
        buffer.Consume(end + 1);
        if (line.EndsWith("\r"u8)) line = line[..^1];
        if (!IsVersion(line))
        {
            if (line.Length > MaxOtherLine) throw NotSsh(firstLine ?? Quote(line));
            firstLine ??= Quote(line);
            if (line.StartsWith("HTTP/"u8)) throw NotSsh(firstLine);
            return null;
        }

        if (end + 1 > MaxVersionLine) throw TooLong();
        if (line.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e))
        {
            throw SshException.Protocol("the server's SSH version line has characters that it must not have: "
                + Quote(line));
        }

        if (!line.StartsWith("SSH-2.0-"u8) && !line.StartsWith("SSH-1.99-"u8))
        {
            throw SshException.Protocol($"the server does not speak SSH 2.0; its version is \"{Quote(line)}\"");
        }

        return Encoding.ASCII.GetString(line);
    }

    private static bool IsVersion(ReadOnlySpan<byte> line) => line.StartsWith("SSH-"u8);

    private static string Quote(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOfAny((byte)'\r', (byte)'\n');
        return Printable.Text(end < 0 ? line : line[..end], Quoted);
    }

    private static SshException TooLong() =>
        SshException.Protocol($"the server's SSH version line is longer than {MaxVersionLine} bytes");

    private static SshException NotSsh(string said) =>
        SshException.Protocol($"what answers there is not an SSH server; it said \"{said}\". Is the port right?");

    private static SshException Closed(string said) => new(
        SshError.ConnectionLost,
        "kex_exchange_identification: Connection closed by remote host, before it told its SSH version"
        + (said.Length == 0 ? "" : $"; it said \"{said}\""));
}
