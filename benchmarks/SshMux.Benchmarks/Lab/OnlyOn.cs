namespace SshMux.Benchmarks.Lab;

/// <summary>What the tests' throwaway sshd asks for. In the tests it skips one; benchmarks are for Unix altogether.</summary>
internal static class OnlyOn
{
    /// <summary>Throws on other systems.</summary>
    public static void Unix()
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("the benchmarks are for Unix");
    }
}
