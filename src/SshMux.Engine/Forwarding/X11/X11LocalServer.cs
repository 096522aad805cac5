namespace SshMux.Engine.Forwarding.X11;

/// <summary>Where this machine's own X servers are, which a value of DISPLAY names without a host.</summary>
internal abstract class X11LocalServer
{
    /// <summary>This system's.</summary>
    public static X11LocalServer Current { get; } =
        OperatingSystem.IsWindows() ? new TcpX11Server() : new UnixX11Server();

    /// <summary>The highest number that a display can have.</summary>
    public abstract uint MaxNumber { get; }

    /// <summary>The socket's path, or else the host and the port, of a display with a number.</summary>
    public abstract (string? Path, string Host, int Port) Locate(uint number);

    /// <summary>The socket's path that a value of DISPLAY is, which begins with a slash.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: X servers have none here.</exception>
    public abstract string PathIn(string text);
}
