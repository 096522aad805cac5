using System.Security.Cryptography;
using Rfc8032 = Org.BouncyCastle.Math.EC.Rfc8032;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>Ed25519 by BouncyCastle.</summary>
internal sealed class ManagedEd25519 : IEd25519
{
    public void PublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        Lengths.Demand(seed, IEd25519.KeyLength);
        Lengths.Demand(publicKey, IEd25519.KeyLength);
        Rfc8032.Ed25519.GeneratePublicKey(seed, publicKey);
    }

    public void Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> data, Span<byte> signature)
    {
        Lengths.Demand(seed, IEd25519.KeyLength);
        Lengths.Demand(signature, IEd25519.SignatureLength);
        var key = Pinned.Copy(seed);
        try
        {
            var made = new byte[IEd25519.SignatureLength];
            Rfc8032.Ed25519.Sign(key, 0, data.ToArray(), 0, data.Length, made, 0);
            made.CopyTo(signature);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        Lengths.Demand(publicKey, IEd25519.KeyLength);
        return signature.Length == IEd25519.SignatureLength && Rfc8032.Ed25519.Verify(
            signature.ToArray(), 0, publicKey.ToArray(), 0, data.ToArray(), 0, data.Length);
    }
}
