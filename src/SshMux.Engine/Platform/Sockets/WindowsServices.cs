using System.Globalization;
using System.Runtime.Versioning;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>Services by the file that Windows itself looks into: lines as <c>http 80/tcp www # comment</c>.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsServices
{
    private static string Database => Path.Combine(Environment.SystemDirectory, "drivers", "etc", "services");

    /// <summary>The TCP port of a service, by its name or another one that it has; null: there is none.</summary>
    public static int? FindPort(string name)
    {
        try
        {
            return File.ReadLines(Database).Select(line => PortIn(line, name)).FirstOrDefault(port => port is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // as in Windows Nano Server
        }
    }

    /// <summary>The TCP port that a line has for a service; null: it has none.</summary>
    internal static int? PortIn(string line, string name)
    {
        var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2 || words[1].Split('/') is not [var number, "tcp"]) return null;
        return words.Where((_, index) => index != 1).Contains(name, StringComparer.OrdinalIgnoreCase)
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : null;
    }
}
