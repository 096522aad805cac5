using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Transport;

[Trait("System", "any")]
public class KeyDerivationTests
{
    /// <summary>
    /// Exchange hash and keys as another implementation (Python's hashlib, after RFC 4253 sections 7.2 and 8) computes
    /// them; the long key, which takes several rounds, is compared by its SHA-256.
    /// </summary>
    [Theory]
    [InlineData(
        "SHA256",
        "678069833028ec52526cfcd186f9f01c8e82754105e5f46750faa1bdc22c555b",
        "5b73bc781b945a7d7e2fd881",
        "4070c1f9f8a021c6c8697c7fe25df28af48dc7e4ea4284059213ad9b6ebed088")]
    [InlineData(
        "SHA384",
        "27e61bb457dd99288f85be4f83b1d53bc483530217d0b37453abed40061bdfa19ddda469d2903f929aa3fc5a2bf50b17",
        "b8cbf7c0e41922b1c15818d3",
        "ae58dcfc61d3ae70b58e7618e61a6a2b30a02cbf4c21e7885bed144d0d5162bd")]
    [InlineData(
        "SHA512",
        "f9aa1dd352846a3cd4d59daa056710e051b71d0db3d5b81610d025fe6c4142c0"
        + "97629dcdfe2dd478d78eb0c84d100e1938cf6a1a3bcc0680bd5cb790c9fc0aba",
        "0c53e1db4a90daaf25940873",
        "137bc45f6d355e60ac543890648a488261808ba34c14dcee78eaece48b62cb43")]
    public void Exchange_hash_and_keys_are_those_of_another_implementation(
        string hash, string exchangeHash, string iv, string longKeySha256)
    {
        var algorithm = new HashAlgorithmName(hash);
        var number = Enumerable.Range(0x80, 32).Select(b => (byte)b).ToArray();
        var writer = new SshWriter(new byte[100]);
        writer.WriteUnsignedMPInt(number);
        var secret = writer.Written.ToArray();
        var h = ExchangeHash.Compute(
            algorithm,
            "SSH-2.0-c"u8,
            "SSH-2.0-s"u8,
            "\u0014client"u8,
            "\u0014server"u8,
            "key"u8,
            "qc"u8,
            "qs"u8,
            secret);
        Assert.Equal(exchangeHash, Convert.ToHexStringLower(h));

        var sessionId = Enumerable.Range(0, 20).Select(b => (byte)b).ToArray();
        using (var keys = new KeyDerivation(algorithm, secret, h, sessionId))
        {
            Assert.Equal(iv, Convert.ToHexStringLower(keys.Derive(KeyDerivation.ClientIv, 12)));
            var longKey = keys.Derive(KeyDerivation.ClientMacKey, 200);
            Assert.Equal(longKeySha256, Convert.ToHexStringLower(SHA256.HashData(longKey)));
        }

        Assert.All(secret, b => Assert.Equal(0, b)); // wiped
    }

    /// <summary>RFC 7748 section 5.2's result, encoded as the mpint that RFC 8731 section 3.1 asks for.</summary>
    [Fact]
    public void The_x25519_secret_is_encoded_as_a_big_endian_mpint()
    {
        using var key = new X25519Key(CryptographyProvider.Current.X25519, Convert.FromHexString(
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"));
        var secret = key.DeriveSecret(Convert.FromHexString(
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
        Assert.Equal(
            "00000021" + "00c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
            Convert.ToHexStringLower(secret));
    }

    [Fact]
    public void Kexinit_reads_back_and_carries_the_markers_only_first()
    {
        var offer = new AlgorithmOffer(["k1", "k2"], ["h"], ["c1", "c2"], ["m"]);
        var first = KexInit.Parse(KexInit.Create(offer, first: true).Payload);
        Assert.Equal(["k1", "k2", "ext-info-c", "kex-strict-c-v00@openssh.com"], first.KeyExchange);
        Assert.Equal(["c1", "c2"], first.CiphersIn);
        Assert.Equal(["m"], first.MacsOut);
        Assert.Equal(["none", "zlib@openssh.com"], first.CompressionIn);
        Assert.False(first.FirstPacketFollows);
        Assert.Equal(["k1", "k2"], KexInit.Parse(KexInit.Create(offer, first: false).Payload).KeyExchange);
    }

    [Fact]
    public void Any_truncated_or_prolonged_kexinit_is_refused()
    {
        var payload = KexInit.Create(new AlgorithmOffer(["k"], ["h"], ["c"], ["m"]), first: true).Payload;
        for (var length = 0; length < payload.Length; length++)
        {
            Assert.Throws<SshException>(() => KexInit.Parse(payload.AsSpan(0, length)));
        }

        Assert.Throws<SshException>(() => KexInit.Parse([.. payload, 0]));
    }

    [Fact]
    public void Our_version_is_plain_ascii() =>
        Assert.True(Ascii.IsValid(SshMux.Engine.Transport.VersionExchange.ClientVersion));
}
