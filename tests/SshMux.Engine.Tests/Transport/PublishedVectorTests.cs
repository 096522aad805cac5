using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Support.TestVectors;

namespace SshMux.Engine.Tests.Transport;

/// <summary>
/// Key agreement and signatures by the published vectors of Project Wycheproof: what is right gives the right result,
/// what an attacker would send is refused.
/// </summary>
[Trait("System", "any")]
public class PublishedVectorTests
{
    [Fact]
    public void X25519_agrees_and_refuses_points_of_low_order()
    {
        var refused = 0;
        foreach (var words in Read("x25519"))
        {
            using var key = new X25519Key(CryptographyProvider.Current.X25519, Bytes(words[3]));
            if (words[2].Contains("ZeroSharedSecret", StringComparison.Ordinal))
            {
                Refused(() => key.DeriveSecret(Bytes(words[4])), words);
                refused++;
            }
            else
            {
                Assert.Equal(MPInt(Bytes(words[5])), key.DeriveSecret(Bytes(words[4])));
            }
        }

        Assert.True(refused > 20);
    }

    [Fact]
    public void X25519_keys_of_other_lengths_are_refused()
    {
        using var key = new X25519Key(CryptographyProvider.Current.X25519);
        foreach (var length in new[] { 0, 1, 31, 33, 64 }) Refused(() => key.DeriveSecret(new byte[length]), []);
    }

    [Theory]
    [InlineData("nistp256")]
    [InlineData("nistp384")]
    [InlineData("nistp521")]
    public void Ecdh_agrees_and_refuses_what_is_no_uncompressed_point_of_its_curve(string curve)
    {
        var (agreed, refused) = (0, 0);
        foreach (var words in Read("ecdh").Where(words => words[0] == curve))
        {
            var known = EllipticCurve.ByKeyExchange("ecdh-sha2-" + curve)!;
            var pair = CryptographyProvider.Current.NistCurves.EcdhKeyFrom(known.Curve, Bytes(words[4]));
            using var key = new EcdhKey(known, pair);
            if (words[2] == "valid")
            {
                Assert.Equal(MPInt(Bytes(words[6])), key.DeriveSecret(Bytes(words[5])));
                agreed++;
            }
            else
            {
                // Compressed points are acceptable to the vectors; SSH allows them, and nobody sends them.
                Refused(() => key.DeriveSecret(Bytes(words[5])), words);
                refused++;
            }
        }

        Assert.True(agreed > 5 && refused > 15);
    }

    [Fact]
    public void Ed25519_signatures_are_verified_strictly() =>
        CheckSignatures("ed25519", words => (
            "ssh-ed25519", Key("ssh-ed25519", Bytes(words[3])), Bytes(words[4]), Bytes(words[5])));

    [Theory]
    [InlineData("nistp256")]
    [InlineData("nistp384")]
    [InlineData("nistp521")]
    public void Ecdsa_signatures_are_verified_strictly(string curve) =>
        CheckSignatures("ecdsa", words =>
        {
            // Fixed-length numbers there, mpints here: a number with zeros in front is the same number.
            if (words[0] != curve || words[3].Contains("SignatureSize", StringComparison.Ordinal)) return null;
            var type = "ecdsa-sha2-" + curve;
            var signature = Bytes(words[6]);
            var half = signature.Length / 2;
            byte[] numbers = [.. MPInt(signature[..half]), .. MPInt(signature[half..])];
            return (type, Key(type, curve, Bytes(words[4])), Bytes(words[5]), numbers);
        }, result: 2);

    [Fact]
    public void Rsa_signatures_are_verified_strictly()
    {
        var keys = Read("rsa").Where(words => words[0] == "key").ToDictionary(
            words => words[1], words => (byte[])
                [.. String("ssh-rsa"), .. MPInt(Bytes(words[2])), .. MPInt(Bytes(words[3]))]);
        CheckSignatures("rsa", words =>
            words[0] == "key" ? null : (words[0], keys[words[4]], Bytes(words[5]), Bytes(words[6])), result: 2);
    }

    private static void CheckSignatures(
        string name,
        Func<string[], (string Algorithm, byte[] Key, byte[] Data, byte[] Signature)?> read,
        int result = 1)
    {
        var (valid, invalid) = (0, 0);
        foreach (var words in Read(name))
        {
            if (read(words) is not { } vector || words[result] == "acceptable") continue;
            var expected = words[result] == "valid";
            var blob = (byte[])[.. String(vector.Algorithm), .. String(vector.Signature)];
            var verified = SshPublicKey.Parse(vector.Key).VerifySignatureBlob(vector.Algorithm, vector.Data, blob);
            Assert.True(expected == verified, string.Join(' ', words));
            if (expected) valid++;
            else invalid++;
        }

        Assert.True(valid > 0 && invalid > 10);
    }

    private static void Refused(Func<object> action, string[] words)
    {
        var error = Record.Exception(action);
        var known = Assert.IsType<SshException>(error, exactMatch: false);
        Assert.True(known.Error == SshError.ProtocolError, string.Join(' ', words));
    }

    private static byte[] Key(string type, params object[] parts)
    {
        var blob = new List<byte>(String(type));
        foreach (var part in parts) blob.AddRange(part is byte[] bytes ? String(bytes) : String((string)part));
        return [.. blob];
    }

    private static byte[] String(string text) => String(System.Text.Encoding.ASCII.GetBytes(text));

    private static byte[] String(byte[] bytes)
    {
        var writer = new SshWriter(new byte[bytes.Length + 4]);
        writer.WriteString(bytes);
        return writer.Written.ToArray();
    }

    private static byte[] MPInt(byte[] magnitude)
    {
        var writer = new SshWriter(new byte[magnitude.Length + 5]);
        writer.WriteUnsignedMPInt(magnitude);
        return writer.Written.ToArray();
    }
}
