using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SshMux.Engine.Connection;

/// <summary>How local forwards listen; the names are those of ssh_config(5).</summary>
public sealed record LocalForwardOptions
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

    /// <summary>Where connections that cannot be forwarded are reported.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;
}
