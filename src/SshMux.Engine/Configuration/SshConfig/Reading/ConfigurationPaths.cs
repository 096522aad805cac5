using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;

namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>Where the configuration files lie.</summary>
internal static class ConfigurationPaths
{
    /// <summary>The system's folder.</summary>
    public static string SystemFolder => LocalFiles.Current.SystemFolder;

    /// <summary>The user's file.</summary>
    public static string User => Path.Combine(LocalUser.Current.HomeFolder, ".ssh", "config");

    /// <summary>The system's file.</summary>
    public static string System => Path.Combine(SystemFolder, "ssh_config");
}
