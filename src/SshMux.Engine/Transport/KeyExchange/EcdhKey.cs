using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary><c>ecdh-sha2-nistp256/384/521</c> (RFC 5656 section 4).</summary>
internal sealed class EcdhKey : EphemeralKey
{
    private readonly EllipticCurve _curve;
    private readonly IEcdhKey _key;

    public EcdhKey(INistCurves curves, EllipticCurve curve)
        : this(curve, curves.CreateEcdhKey(curve.Curve))
    {
    }

    /// <summary>Takes a key pair that there is, for known-answer tests.</summary>
    internal EcdhKey(EllipticCurve curve, IEcdhKey key)
    {
        _curve = curve;
        _key = key;
    }

    public override HashAlgorithmName Hash => _curve.Hash;

    public override ReadOnlySpan<byte> PublicValue => _key.PublicPoint;

    public override byte[] DeriveSecret(ReadOnlySpan<byte> serverPublicValue)
    {
        _curve.DemandPoint(serverPublicValue);
        try
        {
            return EncodeAndWipe(_key.Derive(serverPublicValue));
        }
        catch (CryptographicException e)
        {
            throw new SshException(
                SshError.ProtocolError, $"the server's key exchange value is not a point of {_curve.Name}", e);
        }
    }

    public override void Dispose() => _key.Dispose();
}
