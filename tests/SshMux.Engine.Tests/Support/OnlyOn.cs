namespace SshMux.Engine.Tests.Support;

/// <summary>What a test begins with that only one system can run: elsewhere it is skipped, and says so.</summary>
internal static class OnlyOn
{
    /// <summary>For a test of Unix's files, descriptors, processes and sockets, or with OpenSSH's programs.</summary>
    public static void Unix()
    {
        if (OperatingSystem.IsWindows()) Skip("for Unix");
    }

    /// <summary>For a test of what Windows alone has.</summary>
    public static void Windows()
    {
        if (!OperatingSystem.IsWindows()) Skip("for Windows");
    }

    // By the word that xunit knows a skipped test by: the benchmarks have this file, too, and no xunit.
    private static void Skip(string why) => throw new InvalidOperationException($"$XunitDynamicSkip${why}");
}
