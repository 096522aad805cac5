using System.Reflection;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>The command under test, as it was built.</summary>
internal static class SshMuxProgram
{
    /// <summary>The program's file; SSHMUX_TEST_PROGRAM names another one to test.</summary>
    public static string Path { get; } = Find();

    /// <summary>Runs it to its end.</summary>
    public static Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        ProcessResult.RunAsync(Path, arguments);

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("SSHMUX_TEST_PROGRAM") is { Length: > 0 } chosen) return chosen;
        foreach (var data in typeof(SshMuxProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>())
        {
            if (data.Key == "SshMuxProgram") return System.IO.Path.GetFullPath(data.Value!);
        }

        throw new InvalidOperationException("the build did not say where the command is");
    }
}
