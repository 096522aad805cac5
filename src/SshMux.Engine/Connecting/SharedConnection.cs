using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.Engine.Connecting;

/// <summary>
/// Has a connection to a jump host that exists already (a master's) connect to a host and port. Null if there is none,
/// and a login is needed.
/// </summary>
internal delegate Task<Stream?> SharedConnection(
    HostConfiguration jumpHost, string host, int port, CancellationToken cancellationToken);
