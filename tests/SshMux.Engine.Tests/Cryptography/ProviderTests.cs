using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Cryptography.Managed;
using SshMux.Engine.Cryptography.OpenSsl;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cryptography;

/// <summary>What one provider makes, the other one takes.</summary>
public sealed class ProviderTests
{
    private static ICryptographyProvider[] Both => [LibcryptoProvider.Get(), CryptographyProvider.Managed];

    [Fact]
    public void Libcrypto_is_found_here_and_chosen()
    {
        LibcryptoProvider.Demand();
        Assert.True(LibCrypto.IsAvailable, LibCrypto.WhyUnavailable);
        Assert.Equal("", LibCrypto.WhyUnavailable);
        AppContext.TryGetSwitch(CryptographyProvider.ManagedSwitch, out var managed);
        Assert.Equal(
            managed ? typeof(ManagedCryptography) : typeof(OpenSslCryptography),
            CryptographyProvider.Current.GetType());
    }

    [Fact]
    public void Both_can_do_everything() =>
        Assert.All(Both, provider => Assert.Null(provider.WhyNoChaChaPoly ?? provider.DiffieHellman.WhyUnavailable));

    [Fact]
    public void They_agree_on_a_secret_by_X25519()
    {
        byte[] one = RandomNumberGenerator.GetBytes(32), two = RandomNumberGenerator.GetBytes(32);
        byte[] publicOne = new byte[32], publicTwo = new byte[32], secretOne = new byte[32], secretTwo = new byte[32];
        Both[0].X25519.PublicKey(one, publicOne);
        Both[1].X25519.PublicKey(two, publicTwo);
        Assert.True(Both[0].X25519.TryDerive(one, publicTwo, secretOne));
        Assert.True(Both[1].X25519.TryDerive(two, publicOne, secretTwo));
        Assert.Equal(secretOne, secretTwo);
    }

    [Fact]
    public void They_agree_on_a_secret_by_Diffie_Hellman()
    {
        foreach (var bits in new[] { 2048, 3072, 4096, 6144, 8192 })
        {
            Assert.Equal(Both[0].DiffieHellman.PrimeOf(bits), Both[1].DiffieHellman.PrimeOf(bits));
        }

        var prime = Both[0].DiffieHellman.PrimeOf(2048);
        using var one = Both[0].DiffieHellman.CreateKey(prime, [2], 512);
        using var two = Both[1].DiffieHellman.CreateKey(prime, [2], 512);
        byte[] secretOne = new byte[prime.Length], secretTwo = new byte[prime.Length];
        var length = one.Derive(two.PublicValue, secretOne);
        Assert.Equal(length, two.Derive(one.PublicValue, secretTwo));
        Assert.Equal(secretOne, secretTwo);
        Assert.Throws<CryptographicException>(() => two.Derive([1], secretTwo));
        Assert.Equal(new byte[prime.Length], secretTwo);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(384)]
    [InlineData(521)]
    public void They_agree_on_a_secret_and_on_numbers_of_each_curve(int bits)
    {
        var (curve, both) = ((NistCurve)bits, Both);
        using var one = both[0].NistCurves.CreateEcdhKey(curve);
        using var two = both[1].NistCurves.CreateEcdhKey(curve);
        Assert.Equal(one.Derive(two.PublicPoint), two.Derive(one.PublicPoint));
        Assert.Equivalent(both[0].NistCurves.NumbersOf(curve), both[1].NistCurves.NumbersOf(curve), strict: true);

        var number = RandomNumberGenerator.GetBytes(curve.FieldLength());
        number[0] = 0;
        var hash = RandomNumberGenerator.GetBytes(64);
        using var first = both[0].NistCurves.EcdsaKeyFrom(curve, number, []);
        using var second = both[1].NistCurves.EcdsaKeyFrom(curve, number, first.PublicPoint);
        Assert.Equal(first.ExportNumber(), second.ExportNumber());
        Assert.True(both[0].NistCurves.VerifyHash(curve, second.PublicPoint, hash, second.SignHash(hash)));
        Assert.True(both[1].NistCurves.VerifyHash(curve, first.PublicPoint, hash, first.SignHash(hash)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void What_one_signs_the_other_verifies(int signing, int verifying)
    {
        var data = RandomNumberGenerator.GetBytes(100);
        byte[] seed = RandomNumberGenerator.GetBytes(32), key = new byte[32], signature = new byte[64];
        Both[signing].Ed25519.PublicKey(seed, key);
        Both[signing].Ed25519.Sign(seed, data, signature);
        Assert.True(Both[verifying].Ed25519.Verify(key, data, signature));
        Assert.False(Both[verifying].Ed25519.Verify(key, data.AsSpan(1), signature));

        var seeds = RandomNumberGenerator.GetBytes(IMlDsa44Ed25519.PrivateKeyLength);
        var composite = Both[signing].MlDsa44Ed25519.Sign(seeds, data);
        Assert.True(Both[verifying].MlDsa44Ed25519.Verify(
            Both[verifying].MlDsa44Ed25519.PublicKeyOf(seeds), data, composite));
    }

    [Fact]
    public void Their_key_streams_are_alike_in_steps_of_any_length()
    {
        byte[] key = RandomNumberGenerator.GetBytes(32), counter = new byte[16];
        counter.AsSpan().Fill(0xff); // it runs over
        using var ctrOne = Both[0].CreateAesCtr(key, counter);
        using var ctrTwo = Both[1].CreateAesCtr(key, counter);
        using var chaChaOne = Both[0].CreateChaCha20(key);
        using var chaChaTwo = Both[1].CreateChaCha20(key);
        using var polyOne = Both[0].CreatePoly1305();
        using var polyTwo = Both[1].CreatePoly1305();
        foreach (var length in (int[])[.. Enumerable.Range(0, 300), 4095, 4096, 4097, 33_000, 40_001])
        {
            var one = RandomNumberGenerator.GetBytes(length);
            var two = one.ToArray();
            ctrOne.Apply(one);
            ctrTwo.Apply(two);
            Assert.Equal(one, two);
            chaChaOne.Apply(ulong.MaxValue - 7, (uint)length % 3, one);
            chaChaTwo.Apply(ulong.MaxValue - 7, (uint)length % 3, two);
            Assert.Equal(one, two);
            byte[] tagOne = new byte[16], tagTwo = new byte[16];
            polyOne.ComputeTag(key, one, tagOne);
            polyTwo.ComputeTag(key, two, tagTwo);
            Assert.Equal(tagOne, tagTwo);
        }
    }

    [Fact]
    public void Keys_of_other_lengths_are_refused()
    {
        Assert.All(Both, provider =>
        {
            Assert.Throws<ArgumentException>(() => provider.CreateAesCtr(new byte[17], new byte[16]));
            Assert.Throws<ArgumentException>(() => provider.CreateAesCtr(new byte[16], new byte[15]));
            Assert.Throws<ArgumentException>(() => provider.CreateChaCha20(new byte[31]));
            Assert.Throws<ArgumentException>(() => provider.X25519.PublicKey(new byte[31], new byte[32]));
            Assert.Throws<ArgumentException>(() => provider.X25519.TryDerive(new byte[32], new byte[33], new byte[32]));
            Assert.Throws<ArgumentException>(() => provider.Ed25519.Sign(new byte[33], [], new byte[64]));
            Assert.Throws<ArgumentException>(() => provider.Ed25519.Verify(new byte[31], [], new byte[64]));
        });
    }
}
