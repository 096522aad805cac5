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
    private bool _guessedWrong; // the server's next packet is for another method

    /// <summary>What a message is at the present step.</summary>
    internal enum Step
    {
        /// <summary>No part of the exchange: it is handled as always.</summary>
        None,

        /// <summary>The server's first packet for a method that was not agreed on; it does not count.</summary>
        WrongGuess,

        /// <summary>A message of the method agreed on.</summary>
        Method,

        /// <summary>SSH_MSG_NEWKEYS.</summary>
        NewKeys,
    }

    /// <summary>Our version string without CR LF, which enters the exchange hash.</summary>
    public required string ClientVersion { get; init; }

    /// <summary>The server's.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>The session identifier; null in the first exchange, whose hash it becomes.</summary>
    public byte[]? SessionId { get; init; }

    /// <summary>Whether it is the connection's first.</summary>
    public bool IsFirst => SessionId is null;

    /// <summary>Our SSH_MSG_KEXINIT; sent when the run exists.</summary>
    public KexInit Ours { get; } = ours;

    /// <summary>The number of the packet that it went in.</summary>
    public uint PacketNumber { get; } = packetNumber;

    /// <summary>The server's, once it has come.</summary>
    public KexInit? Server { get; private set; }

    /// <summary>What was agreed on, once the server's SSH_MSG_KEXINIT has come.</summary>
    public NegotiatedAlgorithms? Algorithms { get; private set; }

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
    public ServerHostKey? HostKey { get; private set; }

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
    public byte[]? ExchangeHash { get; private set; }

    /// <summary>Whether our SSH_MSG_NEWKEYS is sent.</summary>
    public bool NewKeysSent { get; set; }

    /// <summary>The message that the server must send next, until <see cref="Keys"/> are there.</summary>
    private byte ExpectedMessage =>
        GroupExchange is null ? MessageNumber.KexEcdhReply
        : Key is null ? MessageNumber.KexDhGexGroup
        : MessageNumber.KexDhGexReply;

    /// <summary>The server's SSH_MSG_KEXINIT has come: agrees on the algorithms.</summary>
    /// <param name="server">What the server offers.</param>
    /// <param name="packetNumber">The number of the packet that it came in.</param>
    /// <param name="strict">Whether the connection has strict key exchange; null in the first exchange.</param>
    /// <exception cref="SshException">
    /// There is nothing to agree on, or it was not the first packet and had to be.
    /// </exception>
    public void Negotiate(KexInit server, uint packetNumber, bool? strict)
    {
        Algorithms = AlgorithmNegotiation.Negotiate(Ours, server, strict);
        if (IsFirst && Algorithms.StrictKeyExchange && packetNumber != 0)
        {
            throw SshException.Protocol("the server's SSH_MSG_KEXINIT was not its first packet (strict key exchange)");
        }

        _guessedWrong = server.FirstPacketFollows && !AlgorithmNegotiation.GuessedRight(Ours, server);
        Server = server;
    }

    /// <summary>
    /// What a message is that comes when only those of the key exchange may, that is from the server's SSH_MSG_KEXINIT
    /// (in the first exchange, from the beginning) to its SSH_MSG_NEWKEYS.
    /// </summary>
    /// <exception cref="SshException">It has no place here.</exception>
    public Step StepOf(byte number, bool isLoggedIn)
    {
        switch (number)
        {
            case MessageNumber.KexInit when Server is null:
                return Step.None;
            case MessageNumber.Ignore or MessageNumber.Debug or MessageNumber.Unimplemented
                when !(IsFirst && Algorithms is { StrictKeyExchange: true }):
                return Step.None;
            case >= MessageNumber.KexEcdhInit and < MessageNumber.UserAuthRequest when _guessedWrong:
                _guessedWrong = false;
                return Step.WrongGuess;
            case MessageNumber.KexEcdhReply or MessageNumber.KexDhGexReply
                when Server is not null && Keys is null && number == ExpectedMessage:
                return Step.Method;
            case MessageNumber.NewKeys when NewKeysSent:
                return Step.NewKeys;
            case >= MessageNumber.GlobalRequest and <= MessageNumber.LastOfConnection when isLoggedIn:
                // RFC 4253 section 7.1 forbids these, but asyncssh sends them all the same when it renews the keys, and
                // OpenSSH's client takes them too. They are as authentic as before: the keys in use protect them.
                return Step.None;
            default:
                throw SshException.Protocol(
                    $"the server sent message {number}, which has no place at this step of a key exchange");
        }
    }

    /// <summary>
    /// Derives the new keys from the secret that both sides have now, and checks that the server holds its host key.
    /// </summary>
    /// <param name="reply">The server's.</param>
    /// <param name="secret">As <see cref="EphemeralKey.DeriveSecret"/> gives it; it is taken over.</param>
    /// <exception cref="SshException">The server's proof is wrong.</exception>
    public void Accept(ServerReply reply, byte[] secret)
    {
        var key = Key!;
        var hash = KeyExchange.ExchangeHash.Compute(
            key.Hash,
            Encoding.ASCII.GetBytes(ClientVersion),
            Encoding.ASCII.GetBytes(ServerVersion),
            Ours.Payload,
            Server!.Payload,
            reply.HostKeyBlob,
            key.PublicValue,
            reply.PublicValue,
            secret,
            key.HashedParameters);
        Keys = new KeyDerivation(key.Hash, secret, hash, SessionId ?? hash);
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
