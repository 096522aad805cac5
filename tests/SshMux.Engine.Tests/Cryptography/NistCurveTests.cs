using System.Security.Cryptography;
using SshMux.Engine.Cryptography;
using static SshMux.Engine.Tests.Support.TestVectors;

namespace SshMux.Engine.Tests.Cryptography;

/// <summary>NIST's curves by the published vectors of Project Wycheproof and of NIST, from each provider.</summary>
public abstract class NistCurveTests
{
    public static TheoryData<int> Curves => [256, 384, 521];

    private protected abstract INistCurves Provider { get; }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Ecdh_agrees_and_refuses_what_is_no_uncompressed_point_of_its_curve(int bits)
    {
        var (agreed, refused) = (0, 0);
        foreach (var words in Read("ecdh").Where(words => words[0] == $"nistp{bits}"))
        {
            using var key = Provider.EcdhKeyFrom((NistCurve)bits, Bytes(words[4]));
            if (words[2] == "valid")
            {
                Assert.Equal(words[6], Convert.ToHexStringLower(key.Derive(Bytes(words[5]))));
                agreed++;
            }
            else
            {
                Assert.ThrowsAny<CryptographicException>(() => key.Derive(Bytes(words[5])));
                refused++;
            }
        }

        Assert.True(agreed > 5 && refused > 15);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Ecdsa_signatures_are_verified_strictly(int bits)
    {
        var (valid, invalid) = (0, 0);
        foreach (var words in Read("ecdsa").Where(words => words[0] == $"nistp{bits}"))
        {
            var hash = CryptographicOperations.HashData(HashOf(bits), Bytes(words[5]));
            var verified = Provider.VerifyHash((NistCurve)bits, Bytes(words[4]), hash, Bytes(words[6]));
            Assert.True(words[2] == "valid" == verified, string.Join(' ', words));
            if (verified) valid++;
            else invalid++;
        }

        Assert.True(valid > 0 && invalid > 10);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Keys_that_are_made_agree(int bits)
    {
        var curve = (NistCurve)bits;
        using var one = Provider.CreateEcdhKey(curve);
        using var two = Provider.CreateEcdhKey(curve);
        Assert.NotEqual(one.PublicPoint, two.PublicPoint);
        Assert.True(curve.LooksLikePoint(one.PublicPoint));
        var secret = one.Derive(two.PublicPoint);
        Assert.Equal(curve.FieldLength(), secret.Length);
        Assert.Equal(secret, two.Derive(one.PublicPoint));
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void What_a_key_signs_verifies_and_nothing_else_does(int bits)
    {
        var curve = (NistCurve)bits;
        var number = RandomNumberGenerator.GetBytes(curve.FieldLength());
        number[0] = 0;
        using var key = Provider.EcdsaKeyFrom(curve, number, point: []);
        Assert.Equal(number, key.ExportNumber());
        for (var i = 0; i < 10; i++)
        {
            // Many, so that numbers with zeros in front come up; and a hash of any length.
            var hash = RandomNumberGenerator.GetBytes(20 + (5 * i));
            var signature = key.SignHash(hash);
            Assert.Equal(2 * curve.FieldLength(), signature.Length);
            Assert.True(Provider.VerifyHash(curve, key.PublicPoint, hash, signature));
            Assert.NotEqual(signature, key.SignHash(hash));
            Assert.False(Provider.VerifyHash(curve, key.PublicPoint, hash, signature.AsSpan(1)));
            signature[^1] ^= 1;
            Assert.False(Provider.VerifyHash(curve, key.PublicPoint, hash, signature));
            hash[0] ^= 1;
            signature[^1] ^= 1;
            Assert.False(Provider.VerifyHash(curve, key.PublicPoint, hash, signature));
        }
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void A_key_with_its_point_is_taken_and_with_another_point_not(int bits)
    {
        var curve = (NistCurve)bits;
        byte[] one = [.. new byte[curve.FieldLength() - 1], 1], two = [.. new byte[curve.FieldLength() - 1], 2];
        var generator = Provider.NumbersOf(curve).Generator;
        using var key = Provider.EcdsaKeyFrom(curve, one, generator);
        Assert.Equal(generator, key.PublicPoint);
        using var other = Provider.EcdsaKeyFrom(curve, two, point: []);
        Assert.ThrowsAny<CryptographicException>(() => Provider.EcdsaKeyFrom(curve, one, other.PublicPoint));
        Assert.ThrowsAny<CryptographicException>(() => Provider.EcdsaKeyFrom(curve, one, new byte[curve.PointLength()]));
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Numbers_outside_of_the_order_and_points_beside_the_curve_are_refused(int bits)
    {
        var curve = (NistCurve)bits;
        var order = Provider.NumbersOf(curve).Order;
        Assert.ThrowsAny<CryptographicException>(() => Provider.EcdsaKeyFrom(curve, new byte[order.Length], []));
        Assert.ThrowsAny<CryptographicException>(() => Provider.EcdsaKeyFrom(curve, order, []));
        Assert.Throws<ArgumentException>(() => Provider.EcdsaKeyFrom(curve, new byte[3], []));

        using var key = Provider.CreateEcdhKey(curve);
        var point = key.PublicPoint.ToArray();
        point[^1] ^= 1;
        Assert.ThrowsAny<CryptographicException>(
            () => Provider.VerifyHash(curve, point, new byte[32], new byte[2 * curve.FieldLength()]));
        Assert.ThrowsAny<CryptographicException>(() => key.Derive(point));
        Assert.ThrowsAny<CryptographicException>(() => key.Derive([0]));
        Assert.ThrowsAny<CryptographicException>(() => key.Derive([]));
    }

    /// <summary>SP 800-186 section 3.2.1.</summary>
    [Theory]
    [InlineData(
        256, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
        "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296")]
    [InlineData(
        384,
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
        "AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7")]
    [InlineData(
        521,
        "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D0"
        + "3BB5C9B8899C47AEBB6FB71E91386409",
        "00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E77EFE75928FE1DC127A2FFA8DE33"
        + "48B3C1856A429BF97E7E31C2E5BD66")]
    public void The_numbers_are_those_of_NIST(int bits, string order, string x)
    {
        var numbers = Provider.NumbersOf((NistCurve)bits);
        Assert.Equal(order, Convert.ToHexString(numbers.Order));
        Assert.Equal(x, Convert.ToHexString(numbers.Generator.AsSpan(1, x.Length / 2)));
        Assert.Equal(numbers.Prime[^1] - 3, numbers.A[^1]);
        Assert.Equal(numbers.Prime.Length, numbers.B.Length);
    }

    private static HashAlgorithmName HashOf(int bits) => bits switch
    {
        256 => HashAlgorithmName.SHA256,
        384 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
