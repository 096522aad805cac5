using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration.SshConfig;

namespace SshMux.Engine.Connecting;

/// <summary>Whom to reach, and how many hosts are waiting to be reached over that one.</summary>
/// <param name="Configuration">The host, and how to log in there.</param>
/// <param name="Interaction">Who is asked for secrets and about host keys.</param>
/// <param name="Logger">Where to trace.</param>
/// <param name="Shared">Finds connections to jump hosts that are there already; null if there are none.</param>
/// <param name="Depth">0 for the host that was asked for; else it is a jump host (ProxyJump) on the way.</param>
internal sealed record Route(
    HostConfiguration Configuration,
    IUserInteraction Interaction,
    ILogger Logger,
    SharedConnection? Shared = null,
    int Depth = 0);
