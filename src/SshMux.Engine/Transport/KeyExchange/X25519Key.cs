using System.Security.Cryptography;
using SshMux.Engine.Cryptography;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary><c>curve25519-sha256</c> (RFC 8731).</summary>
internal sealed class X25519Key : EphemeralKey
{
    private readonly IX25519 _curve;
    private readonly byte[] _privateKey;
    private readonly byte[] _publicKey = new byte[IX25519.KeyLength];

    public X25519Key(IX25519 curve)
        : this(curve, RandomKey())
    {
    }

    /// <summary>Takes a private key, for known-answer tests.</summary>
    internal X25519Key(IX25519 curve, byte[] privateKey)
    {
        _curve = curve;
        _privateKey = privateKey;
        curve.PublicKey(_privateKey, _publicKey);
    }

    public override HashAlgorithmName Hash => HashAlgorithmName.SHA256;

    public override ReadOnlySpan<byte> PublicValue => _publicKey;

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverPublicValue)
    {
        Span<byte> secret = stackalloc byte[IX25519.KeyLength];
        DeriveRaw(serverPublicValue, secret);
        return EncodeAndWipe(secret);
    }

    /// <summary>
    /// The shared secret as the curve gives it, for hybrids; the caller wipes it. Refuses the same values.
    /// </summary>
    public void DeriveRaw(ReadOnlySpan<byte> serverPublicValue, Span<byte> secret)
    {
        if (serverPublicValue.Length != IX25519.KeyLength)
        {
            throw SshException.Protocol("the server's X25519 key has a wrong length");
        }

        if (!_curve.TryDerive(_privateKey, serverPublicValue, secret))
        {
            throw SshException.Protocol(
                "the server's X25519 key is of low order: the shared secret would be known to all");
        }
    }

    public override void Dispose() => CryptographicOperations.ZeroMemory(_privateKey);

    private static byte[] RandomKey()
    {
        var key = Pinned.Bytes(IX25519.KeyLength);
        RandomNumberGenerator.Fill(key);
        return key;
    }
}
