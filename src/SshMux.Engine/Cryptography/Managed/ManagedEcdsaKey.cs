using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Utilities;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>A key of BouncyCastle that signs, which has nothing to wipe it with.</summary>
internal sealed class ManagedEcdsaKey(NistCurve curve, ECPrivateKeyParameters key, byte[] publicPoint) : IEcdsaKey
{
    public byte[] PublicPoint { get; } = publicPoint;

    public byte[] SignHash(ReadOnlySpan<byte> hash)
    {
        var signer = new ECDsaSigner();
        signer.Init(forSigning: true, new ParametersWithRandom(key, ManagedNistCurves.Random));
        var pair = signer.GenerateSignature(hash.ToArray());
        var length = curve.FieldLength();
        var signature = new byte[2 * length];
        BigIntegers.AsUnsignedByteArray(pair[0], signature.AsSpan(0, length));
        BigIntegers.AsUnsignedByteArray(pair[1], signature.AsSpan(length));
        return signature;
    }

    public byte[] ExportNumber()
    {
        var number = Pinned.Bytes(curve.FieldLength());
        BigIntegers.AsUnsignedByteArray(key.D, number.AsSpan());
        return number;
    }

    public void Dispose()
    {
        // BouncyCastle has nothing to call.
    }
}
