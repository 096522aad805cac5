namespace SshMux.Cli.Arguments;

/// <summary>What <c>-V</c> prints.</summary>
internal static class VersionText
{
    /// <summary>The name and version of the command and of what it runs on.</summary>
    public static string Text
    {
        get
        {
            var version = typeof(VersionText).Assembly.GetName().Version;
            return $"SshMux_{version?.ToString(3)}, .NET {Environment.Version}";
        }
    }
}
