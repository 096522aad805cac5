using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// The X server that a value of DISPLAY names: <c>:0</c>, <c>unix:0.1</c>, <c>host:0</c>, or a socket's path.
/// </summary>
internal sealed class X11Display
{
    /// <summary>The port of display 0.</summary>
    internal const int FirstPort = 6000;

    private const uint MaxScreen = 400;
    private readonly string? _path;
    private readonly string _host;
    private readonly int _port;

    private X11Display(string text, string? path, string host, int port)
    {
        Text = text;
        _path = path;
        _host = host;
        _port = port;
    }

    /// <summary>As it stands in the environment.</summary>
    public string Text { get; }

    /// <summary>The number after the point; 0 if there is none.</summary>
    public uint Screen
    {
        get
        {
            var colon = Text.IndexOf(':', StringComparison.Ordinal);
            var point = colon < 0 ? -1 : Text.IndexOf('.', colon);
            if (point < 0) return 0;
            var digits = Text.AsSpan(point + 1);
            return uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var screen)
                && screen <= MaxScreen ? screen : 0;
        }
    }

    /// <summary>
    /// The name to ask xauth(1) for: entries of this machine's displays are under "unix", also for a display that is
    /// reached over loopback.
    /// </summary>
    public string AuthorizationName => Text.StartsWith("localhost:", StringComparison.Ordinal)
        ? $"unix:{Text["localhost:".Length..]}"
        : Text;

    /// <summary>Reads a value of DISPLAY.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: what is wrong with it.</exception>
    public static X11Display Parse(string text)
    {
        // As ssh(1): nothing that could mean something to another program.
        if (!text.All(c => char.IsAsciiLetterOrDigit(c) || ":/.-_".Contains(c, StringComparison.Ordinal)))
        {
            throw Invalid($"DISPLAY \"{text}\" invalid; disabling X11 forwarding");
        }

        if (text.StartsWith('/')) return new X11Display(text, X11LocalServer.Current.PathIn(text), "", 0);
        if (text.StartsWith(':') || text.StartsWith("unix:", StringComparison.Ordinal))
        {
            var local = NumberAfter(text, text.LastIndexOf(':'), X11LocalServer.Current.MaxNumber);
            var (path, host, port) = X11LocalServer.Current.Locate(local);
            return new X11Display(text, path, host, port);
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) throw Invalid($"Could not find ':' in DISPLAY: {text}");
        var number = NumberAfter(text, colon, ushort.MaxValue - FirstPort);
        return new X11Display(text, null, text[..colon], FirstPort + (int)number);
    }

    /// <summary>Connects to the X server.</summary>
    /// <exception cref="SocketException">It cannot be reached.</exception>
    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = _path is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            ForwardedSocket.CheckReserve(socket);
            EndPoint server = _path is null ? new DnsEndPoint(_host, _port) : UnixSocketEndPoint.Of(_path);
            await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (ArgumentException e)
        {
            // The path is too long for a socket's address.
            socket.Dispose();
            throw new SocketException((int)SocketError.InvalidArgument, e.Message);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static uint NumberAfter(string text, int colon, uint max)
    {
        var rest = text.AsSpan(colon + 1);
        var point = rest.IndexOf('.');
        if (point >= 0) rest = rest[..point];
        return uint.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max
            ? number
            : throw Invalid($"Could not parse display number from DISPLAY: {text}");
    }

    private static SshException Invalid(string message) => new(SshError.ConfigurationInvalid, message);
}
