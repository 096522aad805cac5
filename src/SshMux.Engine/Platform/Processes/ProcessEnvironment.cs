using System.Collections;

namespace SshMux.Engine.Platform.Processes;

/// <summary>This process's environment. On Windows the case of a variable's name is of no matter.</summary>
internal static class ProcessEnvironment
{
    /// <summary>
    /// Takes the bytes from another process, which started this one with its own environment by way of .NET, and waits.
    /// Where the environment is no bytes there is nothing to take.
    /// </summary>
    public static void RestoreFrom(int processId)
    {
        if (!OperatingSystem.IsWindows()) UnixEnvironment.RestoreFrom(processId);
    }

    /// <summary>The value of a variable; null if there is none.</summary>
    internal static string? Get(string name) =>
        OperatingSystem.IsWindows() ? Environment.GetEnvironmentVariable(name) : UnixEnvironment.Get(name);

    /// <summary>All variables.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> All() => OperatingSystem.IsWindows()
        ? Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(entry => KeyValuePair.Create((string)entry.Key, (string?)entry.Value ?? ""))
        : UnixEnvironment.All();
}
