using System.Globalization;
using SshMux.Engine.Platform;

namespace SshMux.Cli;

/// <summary>A TCP port on a command line.</summary>
internal static class PortNumber
{
    /// <summary>Reads a number from 1 to 65535, or the name of a service that the system knows ("ssh").</summary>
    public static bool TryParse(string text, out int port)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port))
        {
            return port is >= 1 and <= 65535;
        }

        port = ServicePort.Find(text) ?? 0;
        return port > 0;
    }
}
