using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <content>The two messages more that a group exchange has (RFC 4419): our wishes, and the server's group.</content>
internal sealed partial class SshTransport
{
    private void RequestGroup(KeyExchangeRun run)
    {
        var bits = (run.GroupExchange = GroupExchange.For(run.Algorithms!, ServerVersion)).PreferredBits;
        Log.GroupRequested(_logger, GroupExchange.MinimumBits, bits, GroupExchange.MaximumBits);
        lock (_sendLock)
        {
            if (!_sendClosed) EncodePacket(new GroupExchangeRequestMessage(bits));
        }

        Flush();
    }

    /// <summary>SSH_MSG_KEX_DH_GEX_GROUP: makes our key pair in the group and sends its public value.</summary>
    private void ProcessGroup(KeyExchangeRun run, ReadOnlySpan<byte> message)
    {
        var key = run.GroupExchange!.ReadGroup(CryptographyProvider.Current.DiffieHellman, message);
        run.Key = key;
        Log.Group(_logger, key.BitsSet, key.PrimeBits);
        SendPublicValue(key, MessageNumber.KexDhGexInit);
    }
}
