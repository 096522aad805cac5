using Org.BouncyCastle.Crypto.Agreement;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>Diffie-Hellman by BouncyCastle.</summary>
internal sealed class ManagedDiffieHellman : IDiffieHellman
{
    public string? WhyUnavailable => null;

    public byte[] PrimeOf(int bits)
    {
        var group = bits switch
        {
            2048 => DHStandardGroups.rfc3526_2048,
            3072 => DHStandardGroups.rfc3526_3072,
            4096 => DHStandardGroups.rfc3526_4096,
            6144 => DHStandardGroups.rfc3526_6144,
            8192 => DHStandardGroups.rfc3526_8192,
            _ => throw new ArgumentException($"RFC 3526 has no prime of {bits} bits", nameof(bits)),
        };
        return group.P.ToByteArrayUnsigned();
    }

    public IDiffieHellmanKey CreateKey(ReadOnlySpan<byte> prime, ReadOnlySpan<byte> generator, int privateBits) =>
        ManagedDiffieHellmanKey.Create(
            new DHParameters(Number(prime), Number(generator), q: null, l: privateBits));

    public IDiffieHellmanKey KeyFrom(
        ReadOnlySpan<byte> prime,
        ReadOnlySpan<byte> generator,
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> publicValue) =>
        new ManagedDiffieHellmanKey(
            new DHPrivateKeyParameters(Number(privateKey), new DHParameters(Number(prime), Number(generator))),
            publicValue.ToArray());

    private static BigInteger Number(ReadOnlySpan<byte> magnitude) => new(1, magnitude);
}
