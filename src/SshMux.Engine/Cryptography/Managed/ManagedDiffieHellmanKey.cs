using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Agreement;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;

namespace SshMux.Engine.Cryptography.Managed;

/// <summary>A key pair of Diffie-Hellman in BouncyCastle, which has nothing to wipe it with.</summary>
internal sealed class ManagedDiffieHellmanKey(DHPrivateKeyParameters key, byte[] publicValue) : IDiffieHellmanKey
{
    public byte[] Prime { get; } = key.Parameters.P.ToByteArrayUnsigned();

    public byte[] PublicValue => publicValue;

    /// <summary>Makes a key pair.</summary>
    public static ManagedDiffieHellmanKey Create(DHParameters parameters)
    {
        var generator = new DHKeyPairGenerator();
        var random = new SecureRandom(new SystemRandomGenerator(CancellationToken.None));
        generator.Init(new DHKeyGenerationParameters(random, parameters));
        var pair = generator.GenerateKeyPair();
        return new ManagedDiffieHellmanKey(
            (DHPrivateKeyParameters)pair.Private, ((DHPublicKeyParameters)pair.Public).Y.ToByteArrayUnsigned());
    }

    public int Derive(ReadOnlySpan<byte> peerValue, Span<byte> secret)
    {
        Lengths.Demand(secret, Prime.Length);
        try
        {
            var agreement = new DHBasicAgreement();
            agreement.Init(key);
            var peer = new DHPublicKeyParameters(new BigInteger(1, peerValue), key.Parameters);
            var number = agreement.CalculateAgreement(peer).ToByteArrayUnsigned();
            number.CopyTo(secret);
            CryptographicOperations.ZeroMemory(number);
            return number.Length;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            secret.Clear();
            throw new CryptographicException("the value is not one of the group", e);
        }
    }

    public void Dispose()
    {
        // BouncyCastle has nothing to call.
    }
}
