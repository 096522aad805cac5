using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.PowerShell.Masters;

/// <summary>What a command gets of this process's environment, as <c>ssh -S</c> would send it.</summary>
internal static class MasterEnvironment
{
    /// <summary>
    /// The variables that SendEnv admits, then those of SetEnv, then the command's own; of several with one name the
    /// server keeps the last.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> For(
        HostConfiguration configuration, IReadOnlyList<KeyValuePair<string, string>> own)
    {
        if (configuration.SendEnv.Count == 0 && configuration.SetEnv.Count == 0) return own;
        var variables = RemoteEnvironment.Collect(configuration);
        variables.AddRange(own);
        return variables;
    }
}
