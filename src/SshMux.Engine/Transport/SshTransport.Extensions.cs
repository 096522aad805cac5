using System.Text;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <content>Extensions (RFC 8308), and OpenSSH's <c>ping@openssh.com</c> (PROTOCOL section 1.8).</content>
public sealed partial class SshTransport
{
    private const int MaxExtensions = 1024;

    /// <summary>One after the first key exchange, and one before the login is done (RFC 8308 section 2.4).</summary>
    private const int MaxExtensionMessages = 2;

    /// <summary>With so much unsent, the server does not read what it has asked for; see <see cref="Pong"/>.</summary>
    private const int MaxUnreadAnswers = 2 * HighWater;

    private int _extensionMessages;

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

    private void ReadExtensions(ref SshReader reader)
    {
        if (_loggedIn || ++_extensionMessages > MaxExtensionMessages)
        {
            throw SshException.Protocol("the server sent SSH_MSG_EXT_INFO too late or too often (RFC 8308, 2.4)");
        }

        var count = reader.ReadUInt32();
        if (count > MaxExtensions) throw SshException.Protocol("SSH_MSG_EXT_INFO has too many extensions");
        var extensions = new Dictionary<string, ReadOnlyMemory<byte>>(ServerExtensions);
        for (var i = 0; i < count; i++)
        {
            var name = reader.ReadUtf8String();
            var value = reader.ReadString().ToArray();
            var (shownName, shownValue) = (Printable.Text(name), Printable.Text(value, MaxShownText));
            Log.Extension(_logger, shownName, shownValue);
            if (name == "server-sig-algs")
            {
                ServerSignatureAlgorithms = Encoding.UTF8.GetString(value).Split(',');
            }
            else if (_extensionMessages > 1)
            {
                continue; // as in OpenSSH, what the transport can do was settled by the first message
            }

            extensions[name] = value;
        }

        reader.ExpectEnd("SSH_MSG_EXT_INFO");
        ServerExtensions = extensions;
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
