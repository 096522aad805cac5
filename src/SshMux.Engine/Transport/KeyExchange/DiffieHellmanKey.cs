using System.Numerics;
using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>
/// Diffie-Hellman modulo a prime (RFC 4253 section 8), in a fixed group or in one that the server chose (RFC 4419).
/// </summary>
internal sealed class DiffieHellmanKey : EphemeralKey
{
    /// <summary>
    /// The length of our private number. Twice the bits of the strongest cipher: finding a logarithm in an interval
    /// takes the square root of its size. OpenSSH has no fewer.
    /// </summary>
    private const int PrivateBits = 512;

    /// <summary>
    /// A public value with fewer bits set is refused, as OpenSSH does: with the generator 2 its logarithm is plain.
    /// </summary>
    private const int FewestBitsSet = 4;

    private readonly IDiffieHellmanKey _key;
    private readonly byte[] _publicValue;
    private readonly byte[] _parameters;

    public DiffieHellmanKey(
        IDiffieHellman diffieHellman,
        ReadOnlySpan<byte> prime,
        ReadOnlySpan<byte> generator,
        HashAlgorithmName hash,
        byte[]? parameters = null)
        : this(diffieHellman.CreateKey(prime, generator, PrivateBits), hash, parameters)
    {
    }

    /// <summary>Takes a key pair that there is, for known-answer tests.</summary>
    internal DiffieHellmanKey(IDiffieHellmanKey key, HashAlgorithmName hash, byte[]? parameters = null)
    {
        _key = key;
        Hash = hash;
        _parameters = parameters ?? [];

        // The content of an mpint: a zero byte keeps the number positive.
        _publicValue = key.PublicValue[0] >= 0x80 ? [0, .. key.PublicValue] : key.PublicValue;
    }

    public override HashAlgorithmName Hash { get; }

    public override ReadOnlySpan<byte> PublicValue => _publicValue;

    public override ReadOnlySpan<byte> HashedParameters => _parameters;

    /// <summary>The size of the prime in bits.</summary>
    public int PrimeBits => BitLength(_key.Prime);

    /// <summary>How many bits of our public value are set, which OpenSSH tells in its trace.</summary>
    public int BitsSet => CountBits(_key.PublicValue);

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverPublicValue)
    {
        var value = SshReader.UnsignedMPInt(serverPublicValue);
        CheckPublicValue(value);
        var secret = new byte[_key.Prime.Length];
        try
        {
            var length = _key.Derive(value, secret);
            return EncodeAndWipe(secret.AsSpan(0, length));
        }
        catch (CryptographicException e)
        {
            throw new SshException(
                SshError.ProtocolError, "the server's Diffie-Hellman value is refused: it is not one of its group", e);
        }
    }

    public override void Dispose() => _key.Dispose();

    /// <summary>How many bits a number has that is big-endian and without leading zeros.</summary>
    public static int BitLength(ReadOnlySpan<byte> number) =>
        number.IsEmpty ? 0 : (8 * number.Length) - BitOperations.LeadingZeroCount(number[0]) + 24;

    /// <summary>
    /// Whether a number is greater than 1 and less than the odd prime less 1; both are public and without leading
    /// zeros. RFC 4253 section 8 allows 1 and p-1 too, but with these the secret is known to all.
    /// </summary>
    public static bool IsInside(ReadOnlySpan<byte> number, ReadOnlySpan<byte> prime)
    {
        if (number.IsEmpty || number is [1] || number.Length > prime.Length) return false;
        if (number.Length < prime.Length) return true;
        return number.SequenceCompareTo(prime) < 0
            && !(number[..^1].SequenceEqual(prime[..^1]) && number[^1] == prime[^1] - 1);
    }

    private void CheckPublicValue(ReadOnlySpan<byte> value)
    {
        if (!IsInside(value, _key.Prime))
        {
            throw SshException.Protocol(
                "the server's Diffie-Hellman value is not between 1 and the group's prime less 1: the shared secret " +
                "would be known to all");
        }

        if (CountBits(value) < FewestBitsSet)
        {
            throw SshException.Protocol("the server's Diffie-Hellman value has almost no bit set: it is not random");
        }
    }

    private static int CountBits(ReadOnlySpan<byte> number)
    {
        var count = 0;
        foreach (var b in number) count += BitOperations.PopCount(b);
        return count;
    }
}
