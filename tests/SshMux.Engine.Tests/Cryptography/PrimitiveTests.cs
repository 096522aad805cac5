using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using SshMux.Engine.Cryptography;

namespace SshMux.Engine.Tests.Cryptography;

/// <summary>Known answers of the primitives, as their RFCs have them, from each provider.</summary>
public abstract class PrimitiveTests
{
    private protected abstract ICryptographyProvider Provider { get; }

    /// <summary>The low-order points of Curve25519 and their non-canonical forms: all lead to the secret 0.</summary>
    public static TheoryData<string> LowOrderPoints =>
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
    ];

    /// <summary>RFC 7748 section 5.2.</summary>
    [Theory]
    [InlineData(
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")]
    [InlineData(
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")]
    public void X25519_vectors_of_RFC_7748(string scalar, string point, string expected)
    {
        var secret = new byte[32];
        Assert.True(Provider.X25519.TryDerive(Convert.FromHexString(scalar), Convert.FromHexString(point), secret));
        Assert.Equal(expected, Convert.ToHexStringLower(secret));
    }

    /// <summary>RFC 7748 section 5.2: the function applied to its own results.</summary>
    [Theory]
    [InlineData(1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")]
    [InlineData(1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")]
    public void X25519_iterated_as_in_RFC_7748(int times, string expected)
    {
        var k = new byte[32];
        k[0] = 9;
        var u = k;
        for (var i = 0; i < times; i++)
        {
            var result = new byte[32];
            Assert.True(Provider.X25519.TryDerive(k, u, result));
            (u, k) = (k, result);
        }

        Assert.Equal(expected, Convert.ToHexStringLower(k));
    }

    [Fact]
    public void X25519_public_key_is_the_product_with_the_base_point()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        byte[] basePoint = [9, .. new byte[31]];
        byte[] publicKey = new byte[32], product = new byte[32];
        Provider.X25519.PublicKey(key, publicKey);
        Assert.True(Provider.X25519.TryDerive(key, basePoint, product));
        Assert.Equal(product, publicKey);
    }

    [Theory]
    [MemberData(nameof(LowOrderPoints))]
    public void X25519_refuses_points_of_low_order(string point)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        Assert.False(Provider.X25519.TryDerive(RandomNumberGenerator.GetBytes(32), Convert.FromHexString(point), secret));
        Assert.Equal(new byte[32], secret);
    }

    /// <summary>RFC 8032 section 7.1, tests 1 to 3.</summary>
    [Theory]
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void Ed25519_vectors_of_RFC_8032(string seed, string publicKey, string message, string signature)
    {
        var key = new byte[32];
        Provider.Ed25519.PublicKey(Convert.FromHexString(seed), key);
        Assert.Equal(publicKey, Convert.ToHexStringLower(key));

        var data = Convert.FromHexString(message);
        var made = new byte[64];
        Provider.Ed25519.Sign(Convert.FromHexString(seed), data, made);
        Assert.Equal(signature, Convert.ToHexStringLower(made));

        Assert.True(Provider.Ed25519.Verify(key, data, made));
        Assert.False(Provider.Ed25519.Verify(key, [.. data, 0], made));
        for (var i = 0; i < made.Length; i++)
        {
            made[i] ^= 1;
            Assert.False(Provider.Ed25519.Verify(key, data, made));
            made[i] ^= 1;
        }

        Assert.False(Provider.Ed25519.Verify(key, data, made.AsSpan(0, 63)));
    }

    /// <summary>S + L in place of S passes a sloppy verifier; RFC 8032 section 5.1.7 demands S below L.</summary>
    [Fact]
    public void Ed25519_refuses_a_signature_with_S_beyond_the_group_order()
    {
        var order = BigInteger.Pow(2, 252)
            + BigInteger.Parse("27742317777372353535851937790883648493", CultureInfo.InvariantCulture);
        byte[] seed = RandomNumberGenerator.GetBytes(32), key = new byte[32], signature = new byte[64];
        Provider.Ed25519.PublicKey(seed, key);
        Provider.Ed25519.Sign(seed, "message"u8, signature);
        Assert.True(Provider.Ed25519.Verify(key, "message"u8, signature));

        var s = new BigInteger(signature.AsSpan(32), isUnsigned: true) + order;
        signature.AsSpan(32).Clear();
        Assert.True(s.TryWriteBytes(signature.AsSpan(32), out _, isUnsigned: true));
        Assert.False(Provider.Ed25519.Verify(key, "message"u8, signature));
    }

    /// <summary>NIST SP 800-38A, F.5.1, F.5.3 and F.5.5, in uneven steps.</summary>
    [Theory]
    [InlineData(
        "2b7e151628aed2a6abf7158809cf4f3c",
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff")]
    [InlineData(
        "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
        "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94")]
    [InlineData(
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5")]
    public void Aes_ctr_vectors_of_NIST(string key, string ciphertext)
    {
        var data = Convert.FromHexString("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        using var ctr = Provider.CreateAesCtr(
            Convert.FromHexString(key), Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
        ctr.Apply(data.AsSpan(0, 5));
        ctr.Apply([]);
        ctr.Apply(data.AsSpan(5, 16));
        ctr.Apply(data.AsSpan(21));
        Assert.Equal(ciphertext, Convert.ToHexStringLower(data));
    }

    /// <summary>RFC 8439 section 2.4.2 and appendix A.1, vectors 1 and 2; their nonces begin with zeros.</summary>
    [Theory]
    [InlineData(
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x4a00000000, 1,
        "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a2049662049"
        + "20636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c20"
        + "73756e73637265656e20776f756c642062652069742e",
        "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62"
        + "b3571639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91a"
        + "b77937365af90bbf74a35be6b40b8eedf2785e42874d")]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000", 0, 0,
        "0000000000000000000000000000000000000000000000000000000000000000",
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7")]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000", 0, 1,
        "0000000000000000000000000000000000000000000000000000000000000000",
        "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed")]
    public void ChaCha20_vectors_of_RFC_8439(string key, ulong nonce, uint block, string plain, string expected)
    {
        using var chacha = Provider.CreateChaCha20(Convert.FromHexString(key));
        var data = Convert.FromHexString(plain);
        chacha.Apply(nonce, block, data);
        Assert.Equal(expected, Convert.ToHexStringLower(data));
        chacha.Apply(nonce, block, data);
        Assert.Equal(plain, Convert.ToHexStringLower(data));
    }

    /// <summary>RFC 8439 section 2.5.2 and appendix A.3, vectors 5 to 7 and 10: the hard carries.</summary>
    [Theory]
    [InlineData(
        "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
        "43727970746f6772617068696320466f72756d2052657365617263682047726f7570",
        "a8061dc1305136c6c22b8baf0c0127a9")]
    [InlineData(
        "0200000000000000000000000000000000000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffff",
        "03000000000000000000000000000000")]
    [InlineData(
        "02000000000000000000000000000000ffffffffffffffffffffffffffffffff",
        "02000000000000000000000000000000",
        "03000000000000000000000000000000")]
    [InlineData(
        "0100000000000000000000000000000000000000000000000000000000000000",
        "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff"
        + "11000000000000000000000000000000",
        "05000000000000000000000000000000")]
    [InlineData(
        "0100000000000000040000000000000000000000000000000000000000000000",
        "e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000"
        + "0000000000000000000000000000000001000000000000000000000000000000",
        "14000000000000005500000000000000")]
    public void Poly1305_vectors_of_RFC_8439(string key, string data, string expected)
    {
        using var poly = Provider.CreatePoly1305();
        Span<byte> tag = stackalloc byte[16];
        for (var i = 0; i < 2; i++)
        {
            poly.ComputeTag(Convert.FromHexString(key), Convert.FromHexString(data), tag);
            Assert.Equal(expected, Convert.ToHexStringLower(tag));
            poly.ComputeTag(RandomNumberGenerator.GetBytes(32), [], tag); // the context is used again
        }
    }
}
