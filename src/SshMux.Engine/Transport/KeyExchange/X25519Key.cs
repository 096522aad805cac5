using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary><c>curve25519-sha256</c> (RFC 8731).</summary>
internal sealed class X25519Key : EphemeralKey
{
    private readonly byte[] _privateKey;
    private readonly byte[] _publicKey = new byte[LibCrypto.Curve25519KeyLength];

    public X25519Key()
        : this(RandomKey())
    {
    }

    /// <summary>Takes a private key, for known-answer tests.</summary>
    internal X25519Key(byte[] privateKey)
    {
        _privateKey = privateKey;
        LibCrypto.X25519PublicKey(_privateKey, _publicKey);
    }

    public override HashAlgorithmName Hash => HashAlgorithmName.SHA256;

    public override ReadOnlySpan<byte> PublicValue => _publicKey;

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverPublicValue)
    {
        Span<byte> secret = stackalloc byte[LibCrypto.Curve25519KeyLength];
        DeriveRaw(serverPublicValue, secret);
        return EncodeAndWipe(secret);
    }

    /// <summary>
    /// The shared secret as the curve gives it, for hybrids; the caller wipes it. Refuses the same values.
    /// </summary>
    public void DeriveRaw(ReadOnlySpan<byte> serverPublicValue, Span<byte> secret)
    {
        if (serverPublicValue.Length != LibCrypto.Curve25519KeyLength)
        {
            throw SshException.Protocol("the server's X25519 key has a wrong length");
        }

        if (!LibCrypto.TryX25519(_privateKey, serverPublicValue, secret))
        {
            throw SshException.Protocol(
                "the server's X25519 key is of low order: the shared secret would be known to all");
        }
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_privateKey);

    private static byte[] RandomKey()
    {
        var key = Pinned.Bytes(LibCrypto.Curve25519KeyLength);
        RandomNumberGenerator.Fill(key);
        return key;
    }
}
