using Rfc7748 = Org.BouncyCastle.Math.EC.Rfc7748;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>X25519 by BouncyCastle.</summary>
internal sealed class ManagedX25519 : IX25519
{
    public void PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        Lengths.Demand(privateKey, IX25519.KeyLength);
        Lengths.Demand(publicKey, IX25519.KeyLength);
        Rfc7748.X25519.ScalarMultBase(privateKey, publicKey);
    }

    public bool TryDerive(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> secret)
    {
        Lengths.Demand(privateKey, IX25519.KeyLength);
        Lengths.Demand(peerPublicKey, IX25519.KeyLength);
        Lengths.Demand(secret, IX25519.KeyLength);
        return Rfc7748.X25519.CalculateAgreement(privateKey, peerPublicKey, secret);
    }
}
