using SshMux.Engine.Channels;

namespace SshMux.Engine.Forwarding;

/// <summary>
/// The agent that a session brings: the newest such session has it first (<see cref="AgentForward"/>). If there is none at
/// its socket, it is as if it had brought nothing.
/// </summary>
/// <param name="shared">The connection's.</param>
/// <param name="socketPath">The agent's socket.</param>
internal sealed class SessionAgentForward(AgentForward shared, string socketPath) : ISessionForward
{
    bool ISessionForward.TryAllow(IncomingChannels incoming) =>
        shared.TryAllow(socketPath, incoming) || ((ISessionForward)shared).TryAllow(incoming);

    Task<bool> ISessionForward.RequestAsync(Channel session)
    {
        shared.Request(session, socketPath);
        return Task.FromResult(true);
    }
}
