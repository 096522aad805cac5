using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Channels;

/// <content>no-more-sessions@openssh.com (OpenSSH's PROTOCOL, section 2.2).</content>
public sealed partial class SshConnection
{
    private const string NoMoreSessions = "no-more-sessions@openssh.com";

    /// <summary>
    /// Tells the server that there will be no further session, so that whoever takes this process over gets none. For a
    /// connection that nobody shares, after its own session was opened. As in ssh(1), only OpenSSH's server is told,
    /// and nothing is sent over a connection that is another master's.
    /// </summary>
    public void ForbidMoreSessions()
    {
        if (_transport is not SshTransport transport) return;
        if (!transport.ServerVersion.StartsWith("SSH-2.0-OpenSSH", StringComparison.Ordinal)) return;
        LogForbidsSessions();
        _spares = null;
        transport.Send(new GlobalRequestMessage(NoMoreSessions, wantReply: false, []));
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Requesting " + NoMoreSessions)]
    private partial void LogForbidsSessions();
}
