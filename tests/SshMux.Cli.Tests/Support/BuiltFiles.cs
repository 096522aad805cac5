using System.Reflection;

namespace SshMux.Cli.Tests.Support;

/// <summary>What the build made beside the tests.</summary>
internal static class BuiltFiles
{
    /// <summary>The command; SSHMUX_TEST_PROGRAM names another one to test.</summary>
    public static string Command { get; } =
        Environment.GetEnvironmentVariable("SSHMUX_TEST_PROGRAM") is { Length: > 0 } chosen ? chosen : Find("SshMuxProgram");

    /// <summary>The program with the examples of the engine's package.</summary>
    public static string Examples { get; } = Find("Examples");

    /// <summary>The engine's project file.</summary>
    public static string EngineProject { get; } = Find("EngineProject");

    private static string Find(string key) => Path.GetFullPath(typeof(BuiltFiles).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(data => data.Key == key).Value!);
}
