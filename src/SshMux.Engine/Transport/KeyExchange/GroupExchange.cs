using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>
/// <c>diffie-hellman-group-exchange-sha256</c> (RFC 4419): what we ask for, and the group that the server answers with.
/// </summary>
internal sealed class GroupExchange
{
    /// <summary>The method's name.</summary>
    public const string Method = "diffie-hellman-group-exchange-sha256";

    /// <summary>The fewest bits of a prime that we take (RFC 8270).</summary>
    public const int MinimumBits = 2048;

    /// <summary>The most bits of a prime that we take: RFC 4419 section 3 recommends no more.</summary>
    public const int MaximumBits = 8192;

    /// <summary>The longest prime that a server can make that calls itself Cisco-1.x.</summary>
    private const int MaximumBitsOfCisco = 4096;

    private GroupExchange(int preferredBits) => PreferredBits = preferredBits;

    /// <summary>The size of the prime that suits the ciphers, in bits.</summary>
    public int PreferredBits { get; }

    /// <summary>
    /// What to ask for. The group is to be as strong as the ciphers (OpenSSH's numbers, from NIST SP 800-57). Keys of
    /// MACs do not count: they are as long as their hash, and a connection is no stronger for it.
    /// </summary>
    public static GroupExchange For(NegotiatedAlgorithms algorithms, string serverVersion)
    {
        var strength = 8 * Math.Max(
            PacketCipherFactory.KeyLength(algorithms.CipherOut), PacketCipherFactory.KeyLength(algorithms.CipherIn));
        var bits = strength switch
        {
            <= 112 => 2048,
            <= 128 => 3072,
            <= 192 => 7680,
            _ => MaximumBits,
        };
        var cisco = serverVersion.StartsWith("SSH-2.0-Cisco-1.", StringComparison.Ordinal);
        return new GroupExchange(cisco ? Math.Min(bits, MaximumBitsOfCisco) : bits);
    }

    /// <summary>
    /// Reads SSH_MSG_KEX_DH_GEX_GROUP and makes a key pair in the group. Throws <see cref="SshException"/> for a prime
    /// or generator that cannot be one. That the prime is one is not checked: it takes too long, and the server that
    /// signs it harms nobody but itself.
    /// </summary>
    public DiffieHellmanKey ReadGroup(IDiffieHellman diffieHellman, ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        reader.ReadByte();
        var prime = reader.ReadUnsignedMPInt();
        var generator = reader.ReadUnsignedMPInt();
        reader.ExpectEnd("SSH_MSG_KEX_DH_GEX_GROUP");

        var bits = DiffieHellmanKey.BitLength(prime);
        if (bits is < MinimumBits or > MaximumBits)
        {
            throw SshException.Protocol(
                $"the server's Diffie-Hellman group has {bits} bits; {MinimumBits} to {MaximumBits} were asked for");
        }

        if ((prime[^1] & 1) == 0)
        {
            throw SshException.Protocol("the server's Diffie-Hellman group has an even number for a prime");
        }

        if (!DiffieHellmanKey.IsInside(generator, prime))
        {
            throw SshException.Protocol("the server's Diffie-Hellman group has an impossible generator");
        }

        try
        {
            return new DiffieHellmanKey(
                diffieHellman, prime, generator, HashAlgorithmName.SHA256, Encode(prime, generator));
        }
        catch (CryptographicException e)
        {
            throw new SshException(
                SshError.ProtocolError, "the server's Diffie-Hellman group cannot be used: it is no proper group", e);
        }
    }

    /// <summary>What enters the exchange hash: the sizes asked for, and the group.</summary>
    private byte[] Encode(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> generator)
    {
        var writer = new SshWriter(new byte[22 + prime.Length + generator.Length]);
        writer.WriteUInt32(MinimumBits);
        writer.WriteUInt32((uint)PreferredBits);
        writer.WriteUInt32(MaximumBits);
        writer.WriteUnsignedMPInt(prime);
        writer.WriteUnsignedMPInt(generator);
        return writer.Written.ToArray();
    }
}
