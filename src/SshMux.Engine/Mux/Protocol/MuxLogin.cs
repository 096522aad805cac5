using System.Globalization;
using System.Text;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>Which login a master shares, as far as it tells.</summary>
internal sealed record MuxLogin
{
    private const string TcpLine = "  tcp ";
    private const string Arrow = " -> ";

    // The words of the answer to "login@sshmux".
    private const string HostLine = "host";
    private const string UserLine = "user";
    private const string PortLine = "port";
    private const string OpenedLine = "opened";
    private const string LostLine = "lost";
    private const string LockedLine = "locked";

    /// <summary>
    /// The host as it was named when the master was opened; of OpenSSH's, which do not tell that, the address.
    /// </summary>
    public string? Host { get; init; }

    /// <summary>The user on the server.</summary>
    public string? User { get; init; }

    /// <summary>The server's TCP port.</summary>
    public int? Port { get; init; }

    /// <summary>When the master was opened, in local time.</summary>
    public DateTime? Opened { get; init; }

    /// <summary>Why its connection was lost, while the master makes it again (SshMuxReconnect); null otherwise.</summary>
    public string? Lost { get; init; }

    /// <summary>Its lock; null while it is not locked.</summary>
    public MuxLockDescription? Lock { get; init; }

    /// <summary>The answer to "login@sshmux": a line for each of them that is known.</summary>
    internal string Format()
    {
        var text = new StringBuilder();
        Add(HostLine, Host);
        Add(UserLine, User);
        Add(PortLine, Port?.ToString(CultureInfo.InvariantCulture));
        Add(OpenedLine, Opened?.ToUniversalTime().ToString("o", CultureInfo.InvariantCulture));
        Add(LostLine, Lost);
        Add(LockedLine, Lock?.Format());
        return text.ToString();

        void Add(string name, string? value)
        {
            if (value is not null) text.Append(name).Append(' ').Append(value.ReplaceLineEndings(" ")).Append("\r\n");
        }
    }

    /// <summary>Reads what <see cref="Format"/> gives; what is unknown or wrong is left out.</summary>
    internal static MuxLogin Parse(string text)
    {
        var login = new MuxLogin();
        foreach (var line in text.Split("\r\n"))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0) continue;
            var value = line[(space + 1)..];
            login = line[..space] switch
            {
                HostLine => login with { Host = Printable.Text(value) },
                UserLine => login with { User = Printable.Text(value) },
                PortLine => login with { Port = ToPort(value) },
                OpenedLine => login with { Opened = ToTime(value) },
                LostLine => login with { Lost = Printable.Text(value) },
                LockedLine => login with { Lock = MuxLockDescription.Parse(value) },
                _ => login,
            };
        }

        return login;
    }

    /// <summary>
    /// What the description of a connection (MUX_C_EXT_INFO "connection") tells; null if it is no TCP connection.
    /// </summary>
    internal static MuxLogin? FromConnection(string text)
    {
        var line = text.Split("\r\n").FirstOrDefault(line => line.StartsWith(TcpLine, StringComparison.Ordinal));
        if (line is null || line.LastIndexOf(Arrow, StringComparison.Ordinal) is not (> 0 and var arrow)) return null;
        var server = line[(arrow + Arrow.Length)..];
        var colon = server.LastIndexOf(':');
        return colon < 0
            ? null
            : new MuxLogin { Host = Printable.Text(server[..colon]), Port = ToPort(server[(colon + 1)..]) };
    }

    private static int? ToPort(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;

    private static DateTime? ToTime(string text) =>
        DateTime.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time)
            ? time.ToLocalTime()
            : null;
}
