using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>What a host's keys are known by: its HostKeyAlias, or its name and port.</summary>
/// <param name="Host">The alias, or the name.</param>
/// <param name="Port">The port; 22 with an alias.</param>
internal sealed record KnownHostName(string Host, int Port)
{
    private const int DefaultPort = 22;

    /// <summary>That of the host of a configuration.</summary>
    public static KnownHostName Of(HostConfiguration configuration) => configuration.HostKeyAlias is { } alias
        ? new KnownHostName(alias, DefaultPort)
        : new KnownHostName(configuration.HostName, configuration.Port);

    /// <summary>As known_hosts has the host without its port.</summary>
    public string WithoutPort => KnownHosts.NameOf(Host, DefaultPort);

    /// <summary>As known_hosts has it.</summary>
    public override string ToString() => KnownHosts.NameOf(Host, Port);
}
