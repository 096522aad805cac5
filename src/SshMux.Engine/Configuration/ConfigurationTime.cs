namespace SshMux.Engine.Configuration;

/// <summary>Times as ssh_config(5) writes them: "90", "2m", "1h30m".</summary>
internal static class ConfigurationTime
{
    /// <summary>Reads a time; <paramref name="what"/> is how an error names it.</summary>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it is none.</exception>
    public static TimeSpan Parse(string what, string text) => SettingValues.ParseTime(what, text);
}
