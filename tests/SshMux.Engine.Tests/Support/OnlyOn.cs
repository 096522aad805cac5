namespace SshMux.Engine.Tests.Support;

/// <summary>What a test begins with that only one system can run: elsewhere it is skipped, and says so.</summary>
internal static class OnlyOn
{
    /// <summary>For a test of Unix's files, descriptors, processes and sockets, or with OpenSSH's programs.</summary>
    public static void Unix() => Assert.SkipWhen(OperatingSystem.IsWindows(), "for Unix");

    /// <summary>For a test of what Windows alone has.</summary>
    public static void Windows() => Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
}
