namespace SshMux.Engine.Configuration.SshConfig.Reading;

/// <summary>Where the reading of a file stands.</summary>
internal sealed class ConfigurationSection
{
    /// <summary>Whether the lines that follow are for this host: the last Host or Match before them says so.</summary>
    public bool IsActive { get; set; } = true;
}
