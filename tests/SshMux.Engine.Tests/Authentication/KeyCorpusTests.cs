using System.Security.Cryptography;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Tests.Fuzz;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>
/// Private key files of every format, written by OpenSSH, OpenSSL and PuTTY: no program is needed for them, so every
/// system shows that it reads them and signs.
/// </summary>
[Trait("System", "any")]
public class KeyCorpusTests
{
    public static TheoryData<string> Files => [.. Corpus.NamesOf("private"), .. Corpus.NamesOf("putty")];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_key_file_is_read_and_its_key_signs(string name)
    {
        if (name.Contains("putty", StringComparison.Ordinal) && name.Contains("ecdsa", StringComparison.Ordinal))
        {
            Assert.SkipUnless(DotNetHasNistCurves(), "SSH.NET gives these keys to .NET, whose curves Wine has not");
        }

        using var file = PrivateKeyFile.Parse("key", Corpus.Read(name));
        using var passphrase = new Secret("secret");
        using var wrong = new Secret("wrong");
        if (file.IsEncrypted) Assert.Null(file.TryDecrypt(wrong, TestContext.Current.CancellationToken));
        using var key = file.TryDecrypt(file.IsEncrypted ? passphrase : null, TestContext.Current.CancellationToken)!;
        Assert.NotEmpty(key.EncodeForAgent()!);
        var known = SshPublicKey.Parse(key.PublicKey.Span);
        var data = RandomNumberGenerator.GetBytes(100);
        foreach (var algorithm in key.SignatureAlgorithms)
        {
            var signature = await key.SignAsync(algorithm, data, TestContext.Current.CancellationToken);
            Assert.True(known.VerifySignatureBlob(algorithm, data, signature));
            Assert.False(known.VerifySignatureBlob(algorithm, data.AsSpan(1), signature));
        }
    }

    private static bool DotNetHasNistCurves()
    {
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return key.SignHash(new byte[32]).Length > 0;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
