using System.Security.Cryptography;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary><c>ecdh-sha2-nistp256/384/521</c> (RFC 5656 section 4).</summary>
internal sealed class EcdhKey : EphemeralKey
{
    private readonly EllipticCurve _curve;
    private readonly ECDiffieHellman _key;
    private readonly byte[] _publicPoint;

    public EcdhKey(EllipticCurve curve)
        : this(curve, ECDiffieHellman.Create(curve.Curve))
    {
    }

    /// <summary>Takes a private key, for known-answer tests.</summary>
    internal EcdhKey(EllipticCurve curve, byte[] privateKey)
        : this(curve, ECDiffieHellman.Create(new ECParameters { Curve = curve.Curve, D = privateKey }))
    {
    }

    private EcdhKey(EllipticCurve curve, ECDiffieHellman key)
    {
        _curve = curve;
        _key = key;
        _publicPoint = EllipticCurve.EncodePoint(_key.ExportParameters(includePrivateParameters: false).Q);
    }

    public override HashAlgorithmName Hash => _curve.Hash;

    public override ReadOnlySpan<byte> PublicValue => _publicPoint;

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverPublicValue)
    {
        try
        {
            // The import fails for a point that is not on the curve. The cofactor is 1, so there are no small
            // subgroups, and the point at infinity has no uncompressed form.
            using var server = ECDiffieHellman.Create(new ECParameters
            {
                Curve = _curve.Curve,
                Q = _curve.DecodePoint(serverPublicValue),
            });
            using var publicKey = server.PublicKey;
            return EncodeAndWipe(_key.DeriveRawSecretAgreement(publicKey));
        }
        catch (CryptographicException e)
        {
            throw new SshException(
                SshError.ProtocolError, $"the server's key exchange value is not a point of {_curve.Name}", e);
        }
    }

    public override void Dispose() => _key.Dispose();
}
