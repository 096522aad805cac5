using SshMux.Engine.Clients;

namespace SshMux.Examples;

/// <summary>How the examples connect: by the user's ssh_config, or by the file that SSHMUX_EXAMPLES_CONFIG names.</summary>
internal static class ExampleHost
{
    public static SshClientOptions Options { get; } = new()
    {
        ConfigFile = Environment.GetEnvironmentVariable("SSHMUX_EXAMPLES_CONFIG"),
    };
}
