using SshMux.Engine.Channels;

namespace SshMux.Engine.Forwarding.X11;

/// <summary>
/// The X server that a session brings. It can be reached until the session has ended and the last X11 client that it has
/// is gone.
/// </summary>
/// <param name="shared">The connection's.</param>
/// <param name="grant">The session's X server.</param>
internal sealed class SessionX11Forward(X11Forward shared, X11Grant grant) : ISessionForward
{
    bool ISessionForward.TryAllow(IncomingChannels incoming)
    {
        shared.Allow(incoming);
        return true;
    }

    Task<bool> ISessionForward.RequestAsync(Channel session)
    {
        shared.Grants.Add(grant);
        session.WhenRemoved(() => shared.Grants.Release(grant));
        return shared.RequestAsync(session, grant);
    }

    void ISessionForward.Complain(string text) => shared.Complain(text);
}
