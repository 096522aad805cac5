using SshMux.Engine.Configuration;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Transport;

/// <summary>Fingerprints and their pictures, beside those of ssh-keygen.</summary>
public sealed class KeyFingerprintTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ed25519", "256", FingerprintHash.Sha256)]
    [InlineData("ed25519", "256", FingerprintHash.Md5)]
    [InlineData("rsa", "3072", FingerprintHash.Sha256)]
    [InlineData("ecdsa", "384", FingerprintHash.Sha256)]
    [InlineData("ecdsa", "521", FingerprintHash.Md5)]
    internal async Task They_are_those_of_ssh_keygen(string type, string bits, FingerprintHash hash)
    {
        // The walk differs from key to key: some reach the walls, some do not.
        for (var i = 0; i < 3; i++)
        {
            var file = _folder.File($"key{i}");
            await RunAsync("-q", "-t", type, "-b", bits, "-N", "", "-f", file);
            var words = (await File.ReadAllTextAsync(file + ".pub")).Split(' ');
            var blob = Convert.FromBase64String(words[1]);
            var expected = await RunAsync("-lv", "-E", hash == FingerprintHash.Md5 ? "md5" : "sha256", "-f", file + ".pub");
            var lines = expected.TrimEnd('\n').Split('\n');
            Assert.Equal(lines[0].Split(' ')[1], KeyFingerprint.Of(blob, hash));
            var key = SshPublicKey.Parse(blob);
            Assert.Equal(
                string.Join('\n', lines[1..]), RandomArt.Draw(blob, type.ToUpperInvariant(), key.Bits, hash));
        }
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var result = await ProcessResult.RunAsync("ssh-keygen", arguments);
        Assert.Equal(0, result.ExitCode);
        return result.Output;
    }
}
