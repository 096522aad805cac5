using System.Runtime.CompilerServices;
using SshMux.Engine.Cryptography.Chosen;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// Runs all tests with the managed provider where the environment has <c>SSHMUX_TEST_CRYPTOGRAPHY=managed</c>.
/// </summary>
internal static class CryptographyChoice
{
    [ModuleInitializer]
    public static void Choose()
    {
        var wanted = Environment.GetEnvironmentVariable("SSHMUX_TEST_CRYPTOGRAPHY");
        if (wanted == "managed") AppContext.SetSwitch(CryptographyProvider.ManagedSwitch, true);
    }
}
