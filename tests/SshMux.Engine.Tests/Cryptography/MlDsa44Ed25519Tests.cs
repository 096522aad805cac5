using System.Text;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Cryptography;

/// <summary>ssh-mldsa44-ed25519, with a key and a signature of OpenSSH's.</summary>
[Trait("System", "any")]
public class MlDsa44Ed25519Tests
{
    private static readonly string[] Vector = TestVectors.Read("mldsa44").Single();

    private static byte[] PrivateKey => TestVectors.Bytes(Vector[0]);

    private static byte[] PublicKey => TestVectors.Bytes(Vector[1]);

    private static byte[] Signed => TestVectors.Bytes(Vector[2]);

    private static byte[] Signature => TestVectors.Bytes(Vector[3]);

    [Fact]
    public void OpenSSHs_key_and_signature_are_right_and_ours_too()
    {
        Assert.Equal(PublicKey, CryptographyProvider.Current.MlDsa44Ed25519.PublicKeyOf(PrivateKey));
        Assert.True(CryptographyProvider.Current.MlDsa44Ed25519.Verify(PublicKey, Signed, Signature));
        var ours = CryptographyProvider.Current.MlDsa44Ed25519.Sign(PrivateKey, Signed);
        Assert.Equal(IMlDsa44Ed25519.SignatureLength, ours.Length);
        Assert.True(CryptographyProvider.Current.MlDsa44Ed25519.Verify(PublicKey, Signed, ours));

        // ML-DSA's half is of random numbers, so that no two are alike.
        Assert.NotEqual(ours, CryptographyProvider.Current.MlDsa44Ed25519.Sign(PrivateKey, Signed));
    }

    /// <summary>Both halves count: of each, any change is seen.</summary>
    [Fact]
    public void What_was_changed_anywhere_is_wrong()
    {
        foreach (var i in new[] { 0, 1, 31, 1000, 2419, 2420, 2451, 2452, 2483 })
        {
            var changed = Signature;
            changed[i] ^= 1;
            Assert.False(CryptographyProvider.Current.MlDsa44Ed25519.Verify(PublicKey, Signed, changed), $"signature {i}");
        }

        foreach (var i in new[] { 0, 31, 32, 1311, 1312, 1343 })
        {
            var changed = PublicKey;
            changed[i] ^= 1;
            Assert.False(CryptographyProvider.Current.MlDsa44Ed25519.Verify(changed, Signed, Signature), $"key {i}");
        }

        Assert.False(CryptographyProvider.Current.MlDsa44Ed25519.Verify(PublicKey, [.. Signed, 0], Signature));
        Assert.False(CryptographyProvider.Current.MlDsa44Ed25519.Verify(PublicKey, Signed, Signature.AsSpan(..^1)));
        Assert.False(CryptographyProvider.Current.MlDsa44Ed25519.Verify(PublicKey, Signed, [.. Signature, 0]));
        Assert.False(CryptographyProvider.Current.MlDsa44Ed25519.Verify(PublicKey.AsSpan(..^1), Signed, Signature));

        // Neither half makes up for the other.
        var other = CryptographyProvider.Current.MlDsa44Ed25519.Sign([.. PrivateKey[..32], .. new byte[32]], Signed);
        Assert.False(CryptographyProvider.Current.MlDsa44Ed25519.Verify(PublicKey, Signed, other));
        other = CryptographyProvider.Current.MlDsa44Ed25519.Sign([.. new byte[32], .. PrivateKey[32..]], Signed);
        Assert.False(CryptographyProvider.Current.MlDsa44Ed25519.Verify(PublicKey, Signed, other));
    }

    [Fact]
    public async Task Its_key_file_is_read_and_signs()
    {
        var text = $"-----BEGIN OPENSSH PRIVATE KEY-----\n{Vector[4]}\n-----END OPENSSH PRIVATE KEY-----\n";
        using var file = PrivateKeyFile.Parse("key", Encoding.ASCII.GetBytes(text));
        using var key = file.TryDecrypt(null, TestContext.Current.CancellationToken)!;
        var known = SshPublicKey.Parse(key.PublicKey.Span);
        Assert.Equal(("ssh-mldsa44-ed25519", 512), (known.KeyType, known.Bits));
        Assert.Equal(["ssh-mldsa44-ed25519"], key.SignatureAlgorithms);
        var data = Encoding.ASCII.GetBytes("data");
        var signature = await key.SignAsync("ssh-mldsa44-ed25519", data, TestContext.Current.CancellationToken);
        Assert.True(known.VerifySignatureBlob("ssh-mldsa44-ed25519", data, signature));
        Assert.False(known.VerifySignatureBlob("ssh-ed25519", data, signature));
        Assert.False(known.VerifySignatureBlob("ssh-mldsa44-ed25519", data.AsSpan(1), signature));

        // As an agent takes it.
        var reader = new SshReader(key.EncodeForAgent());
        Assert.Equal("ssh-mldsa44-ed25519", reader.ReadUtf8String());
        Assert.Equal(PublicKey, reader.ReadString());
        Assert.Equal(PrivateKey, reader.ReadString());
        Assert.True(reader.AtEnd);
    }
}
