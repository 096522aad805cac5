namespace SshMux.Engine.Tests.Support;

/// <summary>The repository that the tests were built in, for those that read its files.</summary>
internal static class Repository
{
    private static readonly Lazy<string> Found = new(FindRoot);

    /// <summary>Its folder.</summary>
    public static string Root
    {
        get
        {
            OnlyOn.Unix(); // programs for Windows run elsewhere
            return Found.Value;
        }
    }

    /// <summary>The C# files below one of its folders, without what the build makes.</summary>
    public static IEnumerable<string> Sources(string folder) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
        .Where(file => !file.Contains("/bin/", StringComparison.Ordinal));

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "SshMux.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
