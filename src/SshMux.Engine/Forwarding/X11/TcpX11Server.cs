using System.Runtime.Versioning;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>X servers of Windows (VcXsrv, Xming, X410), which listen on loopback.</summary>
[SupportedOSPlatform("windows")]
internal sealed class TcpX11Server : X11LocalServer
{
    /// <inheritdoc/>
    public override uint MaxNumber => ushort.MaxValue - X11Display.FirstPort;

    /// <inheritdoc/>
    // Not "localhost": most of them listen to IPv4 alone, and Windows takes two seconds to learn that nobody is at ::1.
    public override (string? Path, string Host, int Port) Locate(uint number) =>
        (null, "127.0.0.1", X11Display.FirstPort + (int)number);

    /// <inheritdoc/>
    public override string PathIn(string text) => throw new SshException(
        SshError.ConfigurationInvalid,
        $"DISPLAY {text} is a socket's path, which X servers of Windows do not have; set it to localhost:0.0");
}
