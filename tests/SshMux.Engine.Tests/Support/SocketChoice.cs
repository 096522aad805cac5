using System.Runtime.CompilerServices;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// Runs all tests with .NET's own sockets, as on Windows, where the environment has <c>SSHMUX_TEST_SOCKETS=portable</c>.
/// </summary>
internal static class SocketChoice
{
    [ModuleInitializer]
    public static void Choose()
    {
        var wanted = Environment.GetEnvironmentVariable("SSHMUX_TEST_SOCKETS");
        if (wanted == "portable") AppContext.SetSwitch(SystemSockets.PortableSwitch, true);
    }
}
