using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Fuzz;

// What says which host keys are good, and which are not any more.
public sealed partial class FuzzTests
{
    private static Target RevokedKeysFiles()
    {
        byte[][] seeds = [.. Corpus.Of("krl"), .. Corpus.Of("keys")];
        ServerHostKey[] shown =
        [
            .. Corpus.BlobsOf("certificates").Concat(Corpus.BlobsOf("keys")).Select(blob => ServerHostKey.Parse(blob)),
        ];
        return new Target(
            mutator => mutator.Mutate(seeds),
            async input =>
            {
                using var folder = new TestFolder();
                var file = folder.File("revoked");
                await File.WriteAllBytesAsync(file, input);
                try
                {
                    var revoked = await RevokedKeys.LoadAsync(file, default);
                    foreach (var key in shown) Assert.NotEqual("", revoked.WhyRevoked(key));
                }
                catch (SshException e)
                {
                    Assert.Equal(SshError.ConfigurationInvalid, e.Error);
                    Assert.DoesNotContain(e.Message, char.IsControl);
                }
            });
    }

    private static Target HostKeyAnnouncements() => Plain(
        [
            .. Corpus.BlobsOf("keys").Select(blob => Transport.ScriptedServer.Build((ref SshWriter w) =>
            {
                w.WriteString(blob);
                w.WriteString(blob);
            })),
        ],
        input =>
        {
            var reader = new SshReader(input);
            Assert.InRange(HostKeyUpdate.Read(ref reader).Count, 0, 128);
        });
}
