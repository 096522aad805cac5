using System.Globalization;
using System.Runtime.Versioning;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>X servers at Unix sockets.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixX11Server : X11LocalServer
{
    /// <inheritdoc/>
    public override uint MaxNumber => uint.MaxValue;

    /// <inheritdoc/>
    public override (string? Path, string Host, int Port) Locate(uint number) =>
        (string.Create(CultureInfo.InvariantCulture, $"/tmp/.X11-unix/X{number}"), "", 0);

    /// <inheritdoc/>
    // A path may have a screen's number at its end.
    public override string PathIn(string text)
    {
        var point = text.LastIndexOf('.');
        return point > text.LastIndexOf('/') + 1 && !File.Exists(text) && File.Exists(text[..point])
            ? text[..point]
            : text;
    }
}
