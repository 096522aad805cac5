using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <content>Extensions (RFC 8308), and OpenSSH's <c>ping@openssh.com</c> (PROTOCOL section 1.8).</content>
internal sealed partial class SshTransport
{
    /// <summary>With so much unsent, the server does not read what it has asked for; see <see cref="Pong"/>.</summary>
    private const int MaxUnreadAnswers = 2 * HighWater;

    /// <summary>
    /// Right after our first SSH_MSG_NEWKEYS, if the server takes extensions of ours: that it may tell us more about
    /// its signature algorithms when it knows the user. The send lock is held.
    /// </summary>
    private void SendExtensions(KeyExchangeRun run)
    {
        if (_sessionId is null && run.Server!.KeyExchange.Contains(KexInit.ExtInfoServer))
        {
            EncodePacket(new ExtInfoMessage());
        }
    }

    /// <summary>
    /// Answers SSH2_MSG_PING; as in OpenSSH, not before the login, when nothing of ours is worth hiding in such
    /// traffic, and a stranger could make work with it.
    /// </summary>
    private void Pong(ref SshReader reader)
    {
        var data = reader.ReadString();
        if (!_loggedIn) return;
        lock (_sendLock)
        {
            if (_queue.Unsent + _held.Length > MaxUnreadAnswers) return;
        }

        Send(new PongMessage(data));
    }
}
