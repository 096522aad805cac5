using System.Security.Cryptography;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.KeyExchange;

namespace SshMux.Engine.Tests.Transport;

/// <summary><c>mlkem768x25519-sha256</c>; on a machine without ML-KEM, that it is absent.</summary>
public class MlKemTests
{
    private const int CiphertextLength = 1088;

    [Fact]
    public void It_is_offered_first_exactly_where_dotnet_has_ML_KEM()
    {
        Assert.Equal(MLKem.IsSupported, SshAlgorithms.KeyExchange[0] == MlKem768X25519Key.Method);
        Assert.Equal(MLKem.IsSupported, SshAlgorithms.KeyExchange.Contains(MlKem768X25519Key.Method));
        var why = SshAlgorithms.WhyUnavailable(MlKem768X25519Key.Method);
        if (MLKem.IsSupported) Assert.Null(why);
        else Assert.Contains("OpenSSL 3.5", why, StringComparison.Ordinal);
    }

    /// <summary>ML-KEM's part by published vectors, X25519's by RFC 7748, the rest by the draft.</summary>
    [Fact]
    public void The_secret_is_the_hash_of_both_secrets()
    {
        SkipWithoutMlKem();
        var mine = Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c78b2b2a8b9b5f9e6c0b0c1e3a5d2");
        foreach (var words in TestVectors.Read("mlkem768"))
        {
            using var key = new MlKem768X25519Key(
                MLKem.ImportPrivateSeed(MLKemAlgorithm.MLKem768, TestVectors.Bytes(words[3])),
                new X25519Key([.. mine]));
            using var peer = new X25519Key();
            Assert.Equal(TestVectors.Bytes(words[4]), key.PublicValue[..^32].ToArray());
            var shared = new byte[32];
            peer.DeriveRaw(key.PublicValue[^32..], shared);
            byte[] expected = [0, 0, 0, 32, .. SHA256.HashData([.. TestVectors.Bytes(words[6]), .. shared])];
            Assert.Equal(expected, key.DeriveSecret([.. TestVectors.Bytes(words[5]), .. peer.PublicValue]));
        }
    }

    [Fact]
    public void Values_of_other_lengths_and_points_of_low_order_are_refused()
    {
        SkipWithoutMlKem();
        using var key = new MlKem768X25519Key();
        using var peer = new X25519Key();
        byte[] good = [.. RandomNumberGenerator.GetBytes(CiphertextLength), .. peer.PublicValue];
        Assert.Equal(36, key.DeriveSecret(good).Length);
        byte[][] bad =
        [
            [], good[..^1], [.. good, 0], good[..CiphertextLength], good[CiphertextLength..],
            [.. good[..CiphertextLength], .. new byte[32]],
        ];
        Assert.All(bad, value => Assert.Equal(
            SshError.ProtocolError, Assert.Throws<SshException>(() => key.DeriveSecret(value)).Error));
    }

    private static void SkipWithoutMlKem() =>
        Assert.SkipUnless(MLKem.IsSupported, "this system's .NET has no ML-KEM (OpenSSL before 3.5)");
}
