using System.Security.Cryptography;

namespace SshMux.Engine.Cryptography.OpenSsl;

/// <summary>A key pair of .NET for one exchange, which is taken over.</summary>
internal sealed class SystemEcdhKey(NistCurve curve, ECDiffieHellman key) : IEcdhKey
{
    public byte[] PublicPoint { get; } =
        SystemNistCurves.Join(key.ExportParameters(includePrivateParameters: false).Q);

    public byte[] Derive(ReadOnlySpan<byte> peerPoint)
    {
        // The import fails for a point that is not on the curve. The cofactor is 1, so there are no small subgroups, and
        // the point at infinity has no uncompressed form.
        using var peer = ECDiffieHellman.Create(SystemNistCurves.PublicKey(curve, peerPoint));
        using var publicKey = peer.PublicKey;
        return key.DeriveRawSecretAgreement(publicKey);
    }

    public void Dispose() => key.Dispose();
}
