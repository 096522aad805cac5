using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>What is in SSH_MSG_KEX_ECDH_REPLY (RFC 5656 section 4) or one of its like.</summary>
internal sealed record ServerReply(ServerHostKey HostKey, byte[] HostKeyBlob, byte[] PublicValue, byte[] Signature)
{
    /// <summary>
    /// Reads it; throws <see cref="SshException"/> if the host key is not of the algorithm agreed on.
    /// </summary>
    public static ServerReply Parse(ReadOnlySpan<byte> message, string hostKeyAlgorithm)
    {
        var reader = new SshReader(message);
        reader.ReadByte();
        var hostKeyBlob = reader.ReadString();
        var serverValue = reader.ReadString();
        var signature = reader.ReadString();
        reader.ExpectEnd("the server's key exchange reply");

        var hostKey = ServerHostKey.Parse(hostKeyBlob);
        if (!hostKey.Algorithms.Contains(hostKeyAlgorithm))
        {
            throw SshException.Protocol($"the server's host key is not of the type agreed on, {hostKeyAlgorithm}");
        }

        return new ServerReply(hostKey, hostKeyBlob.ToArray(), serverValue.ToArray(), signature.ToArray());
    }
}
