using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Transport;

[Trait("System", "any")]
public class SshPublicKeyTests
{
    private static readonly byte[] Data = "what is signed"u8.ToArray();

    private delegate void Fill(ref SshWriter writer);

    [Theory]
    [InlineData("ed25519", "ssh-ed25519", 256)]
    [InlineData("ecdsa", "ecdsa-sha2-nistp256", 256, "-b", "256")]
    [InlineData("ecdsa", "ecdsa-sha2-nistp384", 384, "-b", "384")]
    [InlineData("ecdsa", "ecdsa-sha2-nistp521", 521, "-b", "521")]
    [InlineData("rsa", "ssh-rsa", 1024, "-b", "1024")]
    [InlineData("rsa", "ssh-rsa", 2056, "-b", "2056")]
    public async Task A_key_of_ssh_keygen_has_the_same_type_size_and_fingerprint(
        string kind, string type, int bits, params string[] more)
    {
        using var folder = new TestFolder();
        await TestSshd.KeygenAsync(folder.File("k"), kind, "", more);
        var line = await File.ReadAllTextAsync(folder.File("k.pub"), TestContext.Current.CancellationToken);
        var key = SshPublicKey.Parse(Convert.FromBase64String(line.Split(' ')[1]));
        Assert.Equal((type, bits), (key.KeyType, key.Bits));
        Assert.StartsWith(key.ToString(), line, StringComparison.Ordinal);

        var listed = await ProcessResult.RunAsync("ssh-keygen", ["-l", "-f", folder.File("k.pub")]);
        Assert.StartsWith($"{bits} {key.Fingerprint} ", listed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Ed25519_signatures_verify()
    {
        byte[] seed = RandomNumberGenerator.GetBytes(32), point = new byte[32], signature = new byte[64];
        CryptographyProvider.Current.Ed25519.PublicKey(seed, point);
        CryptographyProvider.Current.Ed25519.Sign(seed, Data, signature);
        var blob = Blob((ref w) => { w.WriteString("ssh-ed25519"); w.WriteString(point); });
        CheckSignature(blob, "ssh-ed25519", signature);
    }

    [Theory]
    [InlineData("nistp256")]
    [InlineData("nistp384")]
    [InlineData("nistp521")]
    public void Ecdsa_signatures_verify(string name)
    {
        var curve = EllipticCurve.ByKeyType("ecdsa-sha2-" + name)!;
        using var ecdsa = NistKeys.Create(curve.Curve);
        var key = EcdsaBlob(name, ecdsa.PublicPoint);
        for (var i = 0; i < 20; i++)
        {
            // Many, so that r and s with leading zeros and with high bits come up.
            var rs = ecdsa.SignHash(CryptographicOperations.HashData(curve.Hash, Data));
            var half = rs.Length / 2;
            CheckSignature(key, curve.KeyType, Blob((ref w) =>
            {
                w.WriteUnsignedMPInt(rs.AsSpan(0, half));
                w.WriteUnsignedMPInt(rs.AsSpan(half));
            }));
        }
    }

    [Theory]
    [InlineData("rsa-sha2-256", 1024)]
    [InlineData("rsa-sha2-256", 2048)]
    [InlineData("rsa-sha2-512", 2048)]
    [InlineData("rsa-sha2-512", 3072)]
    public void Rsa_signatures_verify(string algorithm, int bits)
    {
        using var rsa = RSA.Create(bits);
        var hash = algorithm == "rsa-sha2-512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;
        CheckSignature(RsaBlob(rsa), algorithm, rsa.SignData(Data, hash, RSASignaturePadding.Pkcs1));
    }

    [Fact]
    public void Rsa_with_SHA_1_is_never_accepted()
    {
        using var rsa = RSA.Create(2048);
        var signature = rsa.SignData(Data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);
        var key = SshPublicKey.Parse(RsaBlob(rsa));
        Assert.False(key.Verify("ssh-rsa", Data, signature));
        Assert.DoesNotContain("ssh-rsa", key.SignatureAlgorithms);
    }

    [Fact]
    public void An_rsa_signature_with_its_leading_zeros_dropped_is_accepted_and_a_longer_one_is_not()
    {
        using var rsa = RSA.Create(1024);
        var key = SshPublicKey.Parse(RsaBlob(rsa));
        for (var i = 0u; ; i++)
        {
            var data = BitConverter.GetBytes(i);
            var signature = rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            Assert.False(key.Verify("rsa-sha2-256", data, [0, .. signature]));
            if (signature[0] != 0) continue;
            Assert.True(key.Verify("rsa-sha2-256", data, signature.AsSpan(1)));
            break;
        }
    }

    [Fact]
    public void An_rsa_key_below_1024_bits_is_refused()
    {
        using var rsa = RSA.Create(768);
        Assert.Equal(SshError.NotSupported, Assert.Throws<SshException>(() => SshPublicKey.Parse(RsaBlob(rsa))).Error);
    }

    [Fact]
    public void A_point_beside_the_curve_verifies_nothing()
    {
        using var ecdsa = NistKeys.Create(NistCurve.P256);
        var point = ecdsa.PublicPoint;
        point[^1] ^= 1;
        var one = Blob((ref w) => { w.WriteUnsignedMPInt([1]); w.WriteUnsignedMPInt([1]); });
        Assert.False(SshPublicKey.Parse(EcdsaBlob("nistp256", point)).Verify("ecdsa-sha2-nistp256", Data, one));
    }

    [Fact]
    public void Malformed_keys_are_protocol_errors()
    {
        var point = RandomNumberGenerator.GetBytes(65);
        point[0] = 2;
        byte[][] blobs =
        [
            [],
            Blob((ref w) => w.WriteString("ssh-ed25519")),
            Blob((ref w) => { w.WriteString("ssh-ed25519"); w.WriteString(new byte[31]); }),
            Blob((ref w) => { w.WriteString("ssh-ed25519"); w.WriteString(new byte[33]); }),
            Blob((ref w) => { w.WriteString("ssh-ed25519"); w.WriteString(new byte[32]); w.WriteByte(0); }),
            EcdsaBlob("nistp256", point),
            EcdsaBlob("nistp256", [4, .. new byte[63]]),
            Blob((ref w) =>
            {
                w.WriteString("ecdsa-sha2-nistp256");
                w.WriteString("nistp384");
                w.WriteString([4, .. new byte[64]]);
            }),
            RsaBlob([1], RandomOdd(256)),
            RsaBlob([], RandomOdd(256)),
            RsaBlob([3], []),
        ];
        Assert.All(blobs, blob => Assert.Equal(
            SshError.ProtocolError, Assert.Throws<SshException>(() => SshPublicKey.Parse(blob)).Error));
    }

    [Fact]
    public void A_key_of_unknown_type_is_not_supported_and_its_name_is_shown_without_control_characters()
    {
        var blob = Blob((ref w) => w.WriteString("ssh-\u001b[2J"));
        var error = Assert.Throws<SshException>(() => SshPublicKey.Parse(blob));
        Assert.Equal(SshError.NotSupported, error.Error);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    /// <summary>The signature is accepted; no changed one is, nor for other data, algorithm or key type.</summary>
    private static void CheckSignature(byte[] keyBlob, string algorithm, byte[] signature)
    {
        var key = SshPublicKey.Parse(keyBlob);
        Assert.True(key.Verify(algorithm, Data, signature));
        var blob = Blob((ref w) => { w.WriteString(algorithm); w.WriteString(signature); });
        Assert.True(key.VerifySignatureBlob(algorithm, Data, blob));
        Assert.False(key.VerifySignatureBlob("other", Data, blob));
        Assert.False(key.Verify("ssh-dss", Data, signature));
        Assert.False(key.Verify(algorithm, Data.AsSpan(1), signature));
        Assert.False(key.Verify(algorithm, Data, []));
        Assert.False(key.Verify(algorithm, Data, signature.AsSpan(0, signature.Length - 1)));
        for (var i = 0; i < signature.Length; i++)
        {
            signature[i] ^= 0x40;
            Assert.False(key.Verify(algorithm, Data, signature));
            signature[i] ^= 0x40;
        }
    }

    private static byte[] RandomOdd(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        bytes[0] |= 1;
        bytes[^1] |= 1;
        return bytes;
    }

    private static byte[] EcdsaBlob(string curve, byte[] point) => Blob((ref w) =>
    {
        w.WriteString("ecdsa-sha2-" + curve);
        w.WriteString(curve);
        w.WriteString(point);
    });

    private static byte[] RsaBlob(RSA rsa)
    {
        var parameters = rsa.ExportParameters(false);
        return RsaBlob(parameters.Exponent!, parameters.Modulus!);
    }

    private static byte[] RsaBlob(byte[] exponent, byte[] modulus) => Blob((ref w) =>
    {
        w.WriteString("ssh-rsa");
        w.WriteUnsignedMPInt(exponent);
        w.WriteUnsignedMPInt(modulus);
    });

    private static byte[] Blob(Fill fill)
    {
        var buffer = new byte[4096];
        var writer = new SshWriter(buffer);
        fill(ref writer);
        return writer.Written.ToArray();
    }
}
