using SshMux.Engine.Platform.Processes;
using SshMux.Engine.Platform.Terminals;

namespace SshMux.Engine.Configuration.SshConfig;

/// <summary>What a session gets of our environment.</summary>
internal static class RemoteEnvironment
{
    /// <summary>The variables that SendEnv admits, then those of SetEnv, which win.</summary>
    public static List<KeyValuePair<string, string>> Collect(HostConfiguration configuration)
    {
        List<KeyValuePair<string, string>> variables = [];
        if (configuration.SendEnv.Count > 0)
        {
            variables.AddRange(
                ProcessEnvironment.All().Where(variable => IsAdmitted(variable.Key, configuration.SendEnv)));
        }

        variables.AddRange(configuration.SetEnv);
        return variables;
    }

    /// <summary>The kind of our terminal; SetEnv may name another one.</summary>
    public static string Term(HostConfiguration configuration)
    {
        foreach (var (name, value) in configuration.SetEnv)
        {
            if (name == "TERM" && value.Length > 0) return value;
        }

        return Terminal.Kind;
    }

    private static bool IsAdmitted(string name, IReadOnlyList<string> patterns) =>
        patterns.Any(pattern => HostPattern.Matches(name, pattern));
}
