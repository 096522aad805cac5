using System.Runtime.CompilerServices;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// Runs the tests with what the engine has for other systems, where the environment asks for it: with the managed provider
/// (<c>SSHMUX_TEST_CRYPTOGRAPHY=managed</c>), or with .NET's own sockets (<c>SSHMUX_TEST_SOCKETS=portable</c>).
/// </summary>
internal static class EngineSwitches
{
    [ModuleInitializer]
    public static void Set()
    {
        Set("SSHMUX_TEST_CRYPTOGRAPHY", "managed", CryptographyProvider.ManagedSwitch);
        Set("SSHMUX_TEST_SOCKETS", "portable", SystemSockets.PortableSwitch);
    }

    private static void Set(string variable, string value, string engineSwitch)
    {
        if (Environment.GetEnvironmentVariable(variable) == value) AppContext.SetSwitch(engineSwitch, true);
    }
}
