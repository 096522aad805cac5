using SshMux.Engine.Configuration;

namespace SshMux.Cli.Arguments;

/// <summary>A TCP port on a command line.</summary>
internal static class PortNumber
{
    /// <summary>Reads a number from 1 to 65535, or the name of a service that the system knows ("ssh").</summary>
    public static bool TryParse(string text, out int port)
    {
        port = SshUri.PortOf(text) ?? 0;
        return port > 0;
    }
}
