namespace SshMux.Engine.Platform.Sockets;

/// <summary>The paths of sockets.</summary>
internal static class SocketPath
{
    /// <summary>
    /// The longest one in bytes that a socket address holds: sun_path less its final NUL, of which Linux and Windows have
    /// 108 bytes, the others 104.
    /// </summary>
    public static int MaxLength { get; } = OperatingSystem.IsLinux() || OperatingSystem.IsWindows() ? 107 : 103;
}
