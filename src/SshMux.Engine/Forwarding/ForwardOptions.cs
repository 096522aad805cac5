using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.Engine.Forwarding;

/// <summary>How forwards listen and connect on this machine; the names are those of ssh_config(5).</summary>
internal sealed record ForwardOptions
{
    /// <summary>Whether a forward without a bind address listens on all addresses instead of loopback.</summary>
    public bool GatewayPorts { get; init; }

    /// <summary>Which permissions a listening unix socket does not get.</summary>
    public UnixFileMode StreamLocalBindMask { get; init; } =
        UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Whether a file that is in the way of a listening unix socket is removed first.</summary>
    public bool StreamLocalBindUnlink { get; init; }

    /// <summary>IPv4 or IPv6 alone; <see cref="AddressFamily.Unspecified"/> for both.</summary>
    public AddressFamily AddressFamily { get; init; } = AddressFamily.Unspecified;

    /// <summary>Where clients of remote forwards without a target may have us connect to.</summary>
    public PermitRemoteOpen PermitRemoteOpen { get; init; } = PermitRemoteOpen.Any;

    /// <summary>How long a SOCKS client may take to say where it wants to go, before it is dropped.</summary>
    public TimeSpan SocksTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where connections that cannot be forwarded are reported.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>
    /// Told, besides the log, why a connection could not be forwarded, or accepted; where its own client learns that (SOCKS)
    /// it is not. Called on any thread; must not block or throw. Null: nobody is.
    /// </summary>
    internal Action<string>? OnFailure { get; init; }

    /// <summary>The clock that <see cref="SocksTimeLimit"/> goes by.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What a host's configuration says.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ConfigurationInvalid"/>: PermitRemoteOpen cannot be what it is.
    /// </exception>
    public static ForwardOptions From(HostConfiguration configuration, ILogger logger)
    {
        return new ForwardOptions
        {
            GatewayPorts = configuration.GatewayPorts,
            StreamLocalBindUnlink = configuration.StreamLocalBindUnlink,
            AddressFamily = configuration.AddressFamily,
            PermitRemoteOpen = PermitRemoteOpen.Parse(configuration.PermitRemoteOpen),
            StreamLocalBindMask = (UnixFileMode)Convert.ToInt32(configuration.StreamLocalBindMask, 8),
            Logger = logger,
        };
    }
}
