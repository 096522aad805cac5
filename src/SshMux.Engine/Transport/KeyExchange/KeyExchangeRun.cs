using System.Text;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>One key exchange under way: what the steps leave for the later ones.</summary>
internal sealed class KeyExchangeRun(KexInit ours, uint packetNumber, PreparedKey? prepared) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _over;

    /// <summary>Our SSH_MSG_KEXINIT; sent when the run exists.</summary>
    public KexInit Ours { get; } = ours;

    /// <summary>The number of the packet that it went in.</summary>
    public uint PacketNumber { get; } = packetNumber;

    /// <summary>The server's, once it has come.</summary>
    public KexInit? Server { get; set; }

    /// <summary>What was agreed on, once the server's SSH_MSG_KEXINIT has come.</summary>
    public NegotiatedAlgorithms? Algorithms { get; set; }

    /// <summary>Whether the server's next key exchange packet is a wrong guess.</summary>
    public bool SkipNextPacket { get; set; }

    /// <summary>What we asked for in a group exchange; null with other methods.</summary>
    public GroupExchange? GroupExchange { get; set; }

    /// <summary>The key pair that was begun in case it is needed.</summary>
    public PreparedKey? Prepared { get; } = prepared;

    /// <summary>
    /// Our key pair; its public value was sent. In a group exchange it waits for the group. One that comes when the run
    /// is over is wiped at once.
    /// </summary>
    public EphemeralKey? Key
    {
        get;
        set
        {
            lock (_lock)
            {
                if (_over) value?.Dispose();
                field = value;
            }
        }
    }

    /// <summary>The server's host key with the proof checked, once the server's reply has come.</summary>
    public ServerHostKey? HostKey { get; set; }

    /// <summary>
    /// The new keys, from the server's reply to the server's SSH_MSG_NEWKEYS; as <see cref="Key"/> when they come late.
    /// </summary>
    public KeyDerivation? Keys
    {
        get;
        set
        {
            lock (_lock)
            {
                if (_over) value?.Dispose();
                field = value;
            }
        }
    }

    /// <summary>The exchange hash; in the first exchange it becomes the session identifier.</summary>
    public byte[]? ExchangeHash { get; set; }

    /// <summary>Whether our SSH_MSG_NEWKEYS is sent.</summary>
    public bool NewKeysSent { get; set; }

    /// <summary>The message that the server must send next, until <see cref="Keys"/> are there.</summary>
    public byte ExpectedMessage =>
        GroupExchange is null ? MessageNumber.KexEcdhReply
        : Key is null ? MessageNumber.KexDhGexGroup
        : MessageNumber.KexDhGexReply;

    /// <summary>
    /// Derives the new keys from the secret that both sides have now, and checks that the server holds its host key.
    /// </summary>
    /// <param name="reply">The server's.</param>
    /// <param name="secret">As <see cref="EphemeralKey.DeriveSecret"/> gives it; it is taken over.</param>
    /// <param name="clientVersion">Our version line without CR LF.</param>
    /// <param name="serverVersion">The server's.</param>
    /// <param name="sessionId">Null in the first exchange, whose hash it becomes.</param>
    /// <exception cref="SshException">The server's proof is wrong.</exception>
    public void Accept(
        ServerReply reply, byte[] secret, string clientVersion, string serverVersion, byte[]? sessionId)
    {
        var key = Key!;
        var hash = KeyExchange.ExchangeHash.Compute(
            key.Hash,
            Encoding.ASCII.GetBytes(clientVersion),
            Encoding.ASCII.GetBytes(serverVersion),
            Ours.Payload,
            Server!.Payload,
            reply.HostKeyBlob,
            key.PublicValue,
            reply.PublicValue,
            secret,
            key.HashedParameters);
        Keys = new KeyDerivation(key.Hash, secret, hash, sessionId ?? hash);
        key.Dispose();
        var hostKey = reply.HostKey;
        if (!hostKey.VerifySignatureBlob(Algorithms!.HostKey, hash, reply.Signature))
        {
            throw SshException.Protocol(
                $"the server could not prove that it holds its host key {hostKey.Key.Fingerprint}: the signature is " +
                "wrong");
        }

        ExchangeHash = hash;
        HostKey = hostKey;
    }

    /// <summary>The cipher of what we send, with the new keys.</summary>
    public PacketCipher CreateOutgoingCipher() => Keys!.CreateCipher(
        (Algorithms!.CipherOut, Algorithms.MacOut),
        KeyDerivation.ClientKey,
        KeyDerivation.ClientIv,
        KeyDerivation.ClientMacKey);

    /// <summary>The cipher of what the server sends, with the new keys.</summary>
    public PacketCipher CreateIncomingCipher() => Keys!.CreateCipher(
        (Algorithms!.CipherIn, Algorithms.MacIn),
        KeyDerivation.ServerKey,
        KeyDerivation.ServerIv,
        KeyDerivation.ServerMacKey);

    public void Dispose()
    {
        lock (_lock)
        {
            _over = true;
            Prepared?.Dispose();
            Key?.Dispose();
            Keys?.Dispose();
        }
    }
}
