using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests.Support;

/// <summary>The command under test, as it was built.</summary>
internal static class SshMuxProgram
{
    /// <summary>The program's file; SSHMUX_TEST_PROGRAM names another one to test.</summary>
    public static string Path => BuiltFiles.Command;

    /// <summary>Runs it to its end.</summary>
    public static Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        ProcessResult.RunAsync(Path, arguments);
}
