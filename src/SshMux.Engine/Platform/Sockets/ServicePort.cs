namespace SshMux.Engine.Platform.Sockets;

/// <summary>The TCP ports of named services (<c>http</c>), as the system knows them.</summary>
internal static class ServicePort
{
    /// <summary>The port of a service; null if the system has no such service.</summary>
    public static int? Find(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetter(name[0])) return null;
        var port = OperatingSystem.IsWindows() ? WindowsServices.FindPort(name) : UnixServices.FindPort(name);

        // A small container has no /etc/services.
        return port ?? (name == "ssh" ? 22 : null);
    }
}
