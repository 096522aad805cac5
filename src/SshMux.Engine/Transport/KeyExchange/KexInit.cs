using System.Security.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>SSH_MSG_KEXINIT (RFC 4253 section 7.1), ours or the server's.</summary>
internal sealed class KexInit
{
    /// <summary>In our list: we do strict key exchange.</summary>
    public const string StrictClient = "kex-strict-c-v00@openssh.com";

    /// <summary>In the server's list: it does strict key exchange.</summary>
    public const string StrictServer = "kex-strict-s-v00@openssh.com";

    /// <summary>In our list: we understand SSH_MSG_EXT_INFO (RFC 8308).</summary>
    public const string ExtInfoClient = "ext-info-c";

    /// <summary>In the server's list: it understands SSH_MSG_EXT_INFO.</summary>
    public const string ExtInfoServer = "ext-info-s";

    private const int CookieLength = 16;

    private KexInit(byte[] payload) => Payload = payload;

    /// <summary>The whole message, which enters the exchange hash.</summary>
    public byte[] Payload { get; }

    public required IReadOnlyList<string> KeyExchange { get; init; }

    public required IReadOnlyList<string> HostKey { get; init; }

    public required IReadOnlyList<string> CiphersOut { get; init; }

    public required IReadOnlyList<string> CiphersIn { get; init; }

    public required IReadOnlyList<string> MacsOut { get; init; }

    public required IReadOnlyList<string> MacsIn { get; init; }

    public required IReadOnlyList<string> CompressionOut { get; init; }

    public required IReadOnlyList<string> CompressionIn { get; init; }

    /// <summary>Whether a guessed key exchange packet comes right after.</summary>
    public bool FirstPacketFollows { get; private init; }

    /// <summary>Makes ours. The markers go into the first one of a connection only.</summary>
    public static KexInit Create(AlgorithmOffer offer, bool first)
    {
        string[] keyExchange = first
            ? [.. offer.KeyExchange, ExtInfoClient, StrictClient]
            : [.. offer.KeyExchange];
        IReadOnlyList<string>[] lists =
        [
            keyExchange, offer.HostKey, offer.Ciphers, offer.Ciphers, offer.Macs, offer.Macs,
            offer.Compression, offer.Compression, [], [],
        ];
        var payload = new byte[1 + CookieLength + lists.Sum(list => 4 + list.Sum(name => name.Length + 1)) + 5];
        var writer = new SshWriter(payload);
        writer.WriteByte(MessageNumber.KexInit);
        RandomNumberGenerator.Fill(writer.Reserve(CookieLength));
        foreach (var list in lists) writer.WriteNameList(list);
        writer.WriteBoolean(false);
        writer.WriteUInt32(0);
        return new KexInit(writer.Written.ToArray())
        {
            KeyExchange = keyExchange,
            HostKey = offer.HostKey,
            CiphersOut = offer.Ciphers,
            CiphersIn = offer.Ciphers,
            MacsOut = offer.Macs,
            MacsIn = offer.Macs,
            CompressionOut = offer.Compression,
            CompressionIn = offer.Compression,
        };
    }

    /// <summary>Parses the server's.</summary>
    public static KexInit Parse(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        reader.ReadBytes(1 + CookieLength);
        var init = new KexInit(message.ToArray())
        {
            KeyExchange = reader.ReadNameList(),
            HostKey = reader.ReadNameList(),
            CiphersOut = reader.ReadNameList(),
            CiphersIn = reader.ReadNameList(),
            MacsOut = reader.ReadNameList(),
            MacsIn = reader.ReadNameList(),
            CompressionOut = reader.ReadNameList(),
            CompressionIn = reader.ReadNameList(),
            FirstPacketFollows = ReadRest(ref reader),
        };
        reader.ExpectEnd("SSH_MSG_KEXINIT");
        return init;
    }

    private static bool ReadRest(ref SshReader reader)
    {
        reader.ReadString(); // languages, which nobody uses
        reader.ReadString();
        var follows = reader.ReadBoolean();
        reader.ReadUInt32(); // reserved
        return follows;
    }
}
