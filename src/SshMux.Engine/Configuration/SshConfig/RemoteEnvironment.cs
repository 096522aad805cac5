using SshMux.Engine.Platform.Processes;

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

        return Environment.GetEnvironmentVariable("TERM") ?? "";
    }

    private static bool IsAdmitted(string name, IReadOnlyList<string> patterns)
    {
        var admitted = false;
        foreach (var pattern in patterns)
        {
            // "-PATTERN" takes out again what an earlier one let in.
            if (pattern.StartsWith('-')) admitted &= !Matches(name, pattern.AsSpan(1));
            else admitted |= Matches(name, pattern);
        }

        return admitted;
    }

    /// <summary>Whether a name fits a pattern with * (any characters) and ? (any one).</summary>
    private static bool Matches(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        for (; !pattern.IsEmpty; pattern = pattern[1..], name = name[1..])
        {
            if (pattern[0] == '*')
            {
                var rest = pattern[1..];
                for (var skip = 0; skip <= name.Length; skip++)
                {
                    if (Matches(name[skip..], rest)) return true;
                }

                return false;
            }

            if (name.IsEmpty || (pattern[0] != '?' && pattern[0] != name[0])) return false;
        }

        return name.IsEmpty;
    }
}
