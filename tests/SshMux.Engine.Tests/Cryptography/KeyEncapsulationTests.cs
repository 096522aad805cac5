using System.Security.Cryptography;
using Org.BouncyCastle.Pqc.Crypto.NtruPrime;
using Org.BouncyCastle.Security;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Managed;
using SshMux.Engine.Cryptography.OpenSsl;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cryptography;

/// <summary>Each provider's key encapsulation, by published vectors and by those of OpenSSH's code.</summary>
[Trait("System", "any")]
public class KeyEncapsulationTests
{
    private const int Sntrup761PublicKey = 1158;
    private const int BehindPublicKey = 191 + 32; // rho and the public key's hash

    [Fact]
    public void BouncyCastles_ML_KEM_gives_what_the_vectors_say() =>
        CheckMlKem(seed => BouncyCastleMlKem768.FromSeed(seed));

    [Fact]
    public void The_systems_ML_KEM_gives_what_the_vectors_say()
    {
        SkipWithoutMlKem();
        CheckMlKem(seed => SystemMlKem768.FromSeed(seed));
    }

    [Fact]
    public void The_systems_ML_KEM_is_taken_where_there_is_one()
    {
        using var key = LibcryptoProvider.Get().CreateMlKem768();
        Assert.Equal(MLKem.IsSupported ? typeof(SystemMlKem768) : typeof(BouncyCastleMlKem768), key.GetType());
    }

    [Fact]
    public void Both_ML_KEMs_understand_each_other()
    {
        SkipWithoutMlKem();
        using var ours = BouncyCastleMlKem768.Create();
        using var theirs = MLKem.ImportEncapsulationKey(MLKemAlgorithm.MLKem768, ours.PublicKey);
        theirs.Encapsulate(out var ciphertext, out var expected);
        Assert.Equal(expected, Decapsulate(ours, ciphertext));
    }

    [Fact]
    public void Sntrup761_gives_what_OpenSSHs_code_gives()
    {
        var count = 0;
        foreach (var words in TestVectors.Read("sntrup761"))
        {
            var privateKey = TestVectors.Bytes(words[2]);
            var publicKey = privateKey[^(Sntrup761PublicKey + BehindPublicKey)..^BehindPublicKey];
            using var key = Sntrup761.From(privateKey, publicKey);
            Assert.Equal(TestVectors.Bytes(words[4]), Decapsulate(key, TestVectors.Bytes(words[3])));
            count++;
        }

        Assert.Equal(3, count);
    }

    [Fact]
    public void Fresh_key_pairs_of_sntrup761_are_new_ones_that_work()
    {
        using var one = Sntrup761.Create(TestContext.Current.CancellationToken);
        using var two = Sntrup761.Create(TestContext.Current.CancellationToken);
        Assert.Equal((Sntrup761PublicKey, 1039), (one.PublicKey.Length, one.CiphertextLength));
        Assert.NotEqual(one.PublicKey.ToArray(), two.PublicKey.ToArray());
        var peer = new SNtruPrimeKemGenerator(new SecureRandom()).GenerateEncapsulated(
            new SNtruPrimePublicKeyParameters(SNtruPrimeParameters.sntrup761, one.PublicKey.ToArray()));
        Assert.Equal(peer.GetSecret(), Decapsulate(one, peer.GetEncapsulation()));
        Assert.NotEqual(peer.GetSecret(), Decapsulate(two, peer.GetEncapsulation()));
    }

    /// <summary>The second time it asks for random numbers is after half of the work.</summary>
    [Fact]
    public void Making_a_key_pair_of_sntrup761_can_be_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => Sntrup761.Create(cancelled.Token));
    }

    private static void CheckMlKem(Func<byte[], KeyEncapsulation> from)
    {
        var count = 0;
        foreach (var words in TestVectors.Read("mlkem768"))
        {
            using var key = from(TestVectors.Bytes(words[3]));
            Assert.Equal(TestVectors.Bytes(words[4]), key.PublicKey.ToArray());
            Assert.Equal(TestVectors.Bytes(words[6]), Decapsulate(key, TestVectors.Bytes(words[5])));
            count++;
        }

        Assert.Equal(2, count);
    }

    private static byte[] Decapsulate(KeyEncapsulation key, byte[] ciphertext)
    {
        Assert.Equal(key.CiphertextLength, ciphertext.Length);
        var secret = new byte[KeyEncapsulation.SecretLength];
        key.Decapsulate(ciphertext, secret);
        return secret;
    }

    private static void SkipWithoutMlKem() =>
        Assert.SkipUnless(MLKem.IsSupported, "this system's .NET has no ML-KEM (OpenSSL before 3.5)");
}
