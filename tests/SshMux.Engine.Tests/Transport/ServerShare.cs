using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pqc.Crypto.NtruPrime;
using Org.BouncyCastle.Security;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;

namespace SshMux.Engine.Tests.Transport;

/// <summary>
/// The server's half of a key exchange: of a post-quantum one the ciphertext for the client's key, where the other
/// methods have a key pair on both sides.
/// </summary>
internal sealed record ServerShare(HashAlgorithmName Hash, byte[] PublicValue, byte[] EncodedSecret)
{
    private const int CurveLength = 32;

    public static ServerShare For(string method, byte[] clientValue)
    {
        if (!HybridKey.IsPostQuantum(method))
        {
            using var key = EphemeralKey.Create(CryptographyProvider.Current, method);
            return new ServerShare(key.Hash, key.PublicValue.ToArray(), key.DeriveSecret(clientValue));
        }

        var (ciphertext, kemSecret) = method == SshAlgorithms.MlKem768X25519
            ? EncapsulateMlKem(clientValue[..^CurveLength])
            : EncapsulateSntrup(clientValue[..^CurveLength]);
        using var curve = new X25519Key(CryptographyProvider.Current.X25519);
        var secrets = new byte[kemSecret.Length + CurveLength];
        kemSecret.CopyTo(secrets, 0);
        curve.DeriveRaw(clientValue.AsSpan(^CurveLength..), secrets.AsSpan(kemSecret.Length));
        var hash = method == SshAlgorithms.MlKem768X25519 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;
        var secret = CryptographicOperations.HashData(hash, secrets);
        return new ServerShare(
            hash, [.. ciphertext, .. curve.PublicValue], [0, 0, 0, (byte)secret.Length, .. secret]);
    }

    private static (byte[] Ciphertext, byte[] Secret) EncapsulateMlKem(byte[] publicKey)
    {
        var kem = new MLKemEncapsulator(MLKemParameters.ml_kem_768);
        kem.Init(MLKemPublicKeyParameters.FromEncoding(MLKemParameters.ml_kem_768, publicKey));
        var (ciphertext, secret) = (new byte[kem.EncapsulationLength], new byte[kem.SecretLength]);
        kem.Encapsulate(ciphertext, 0, ciphertext.Length, secret, 0, secret.Length);
        return (ciphertext, secret);
    }

    private static (byte[] Ciphertext, byte[] Secret) EncapsulateSntrup(byte[] publicKey)
    {
        using var both = new SNtruPrimeKemGenerator(new SecureRandom()).GenerateEncapsulated(
            new SNtruPrimePublicKeyParameters(SNtruPrimeParameters.sntrup761, publicKey));
        return (both.GetEncapsulation(), both.GetSecret());
    }
}
