using System.Text;
using System.Text.RegularExpressions;
using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Authentication.KeyFiles;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Compression;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Fuzz;

// Files, and the structures in them.
public sealed partial class FuzzTests
{
    private static readonly Dictionary<string, Func<Target>> Targets = new(StringComparer.Ordinal)
    {
        ["private key file"] = PrivateKeys,
        ["PuTTY key file"] = PuttyKeys,
        ["public key"] = () => Plain(Corpus.BlobsOf("keys"), ReadPublicKey),
        ["signature"] = () => Plain(
            [.. Corpus.Of("agent").Select(answer => answer[Math.Min(5, answer.Length)..])], ReadSignature),
        ["certificate"] = () => Plain(Corpus.BlobsOf("certificates"), ReadCertificate),
        ["known_hosts"] = KnownHostsFiles,
        ["RevokedHostKeys"] = RevokedKeysFiles,
        ["announced host keys"] = HostKeyAnnouncements,
        ["ssh -G"] = Configurations,
        ["agent's answer"] = AgentAnswers,
        ["compressed packet"] = CompressedPackets,
        ["SSH messages"] = ConnectionMessages,
        ["login messages"] = LoginMessages,
        ["server's first bytes"] = ServerStreams,
        ["mux message"] = MuxMessages,
        ["client of a master"] = MasterClients,
        ["master in proxy mode"] = Masters,
        ["SOCKS client"] = SocksClients,
        ["sftp server"] = SftpServers,
    };

    private static Target Plain(byte[][] seeds, Action<byte[]> read) =>
        new(mutator => mutator.Mutate(seeds), input => Read(() => read(input)));

    private static Task Read(Action read)
    {
        try
        {
            read();
        }
        catch (SshException e)
        {
            Assert.InRange(e.Message.Length, 1, 10_000);
            Assert.DoesNotContain(e.Message, char.IsControl);
        }

        return Task.CompletedTask;
    }

    private static Target PrivateKeys()
    {
        var seeds = Corpus.Of("private");
        return new Target(mutator => mutator.MutatePem(seeds), ReadPrivateKey, Memory: 32 << 20);
    }

    private static Target PuttyKeys()
    {
        var seeds = Corpus.Of("putty");

        // A file may ask Argon2 for that much.
        return new Target(
            mutator => mutator.Mutate(seeds), ReadPrivateKey, Memory: PassphraseDerivation.MaxMemory + (32 << 20));
    }

    private static Task ReadPrivateKey(byte[] input) => Read(() =>
    {
        using var file = PrivateKeyFile.Parse("key", input);
        using var passphrase = new Secret("secret");

        // The rounds of an OpenSSH key may be any number; whoever waits for them can stop.
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            using var key = file.TryDecrypt(file.IsEncrypted ? passphrase : null, stop.Token);
            if (key is null) return;
            var signature = key.SignAsync(key.SignatureAlgorithms[0], new byte[8], default);
            Assert.True(signature.IsCompleted);
        }
        catch (OperationCanceledException)
        {
            Assert.True(stop.IsCancellationRequested);
        }
    });

    private static void ReadPublicKey(byte[] input)
    {
        var key = SshPublicKey.Parse(input);
        Assert.NotEmpty(key.Fingerprint);
        foreach (var algorithm in key.SignatureAlgorithms)
        {
            Assert.False(key.VerifySignatureBlob(algorithm, new byte[32], input));
        }
    }

    private static void ReadSignature(byte[] input)
    {
        foreach (var blob in Corpus.BlobsOf("keys"))
        {
            var key = SshPublicKey.Parse(blob);
            foreach (var algorithm in key.SignatureAlgorithms)
            {
                Assert.False(key.VerifySignatureBlob(algorithm, new byte[32], input));
            }
        }
    }

    private static void ReadCertificate(byte[] input)
    {
        var certificate = SshCertificate.Parse(input);
        Assert.NotEmpty(certificate.ToString());
    }

    private static Target KnownHostsFiles()
    {
        var seeds = Corpus.Of("known_hosts");
        return new Target(
            mutator => mutator.Mutate(seeds),
            input => Read(() =>
            {
                using var folder = new TestFolder();
                var file = folder.File("known_hosts");
                File.WriteAllBytes(file, input);
                var known = KnownHosts.Load([file]);
                foreach (var key in Corpus.BlobsOf("keys"))
                {
                    known.Check("host.example", 22, key);
                    known.Check("a.b.example", 2222, key);
                }

                Assert.NotNull(known.KnownKeyTypes("host.example", 2222));
            }),
            Memory: 8 << 20);
    }

    private static Target Configurations()
    {
        var seeds = Corpus.Of("config");
        return new Target(
            mutator => mutator.Mutate(seeds),
            async input =>
            {
                // What a Match exec of such an input would run is anybody's guess, and what CanonicalizeHostname asks.
                var text = Encoding.Latin1.GetString(input);
                if (Regex.IsMatch(text, "exec|canonical", RegexOptions.IgnoreCase)) return;
                using var folder = new TestFolder();
                var file = folder.File("config");
                await File.WriteAllBytesAsync(file, input);
                try
                {
                    var configuration = await HostConfiguration.LoadAsync(
                        new HostQuery { Host = "host.example", ConfigFile = file });
                    Assert.NotEmpty(configuration.Show());
                    Assert.NotNull(AuthenticationOptions.From(configuration, NoInteraction.Instance));
                }
                catch (SshException e)
                {
                    Assert.InRange(e.Message.Length, 1, 1_000_000);
                }
            });
    }

    private static Target CompressedPackets()
    {
        using var compressor = new PacketCompressor();
        byte[][] seeds =
        [
            compressor.Compress(new RawMessage(new byte[200_000])).ToArray(),
            compressor.Compress(new RawMessage(Encoding.ASCII.GetBytes("hello, hello, hello"))).ToArray(),
        ];
        return Plain(seeds, input =>
        {
            using var decompressor = new PacketDecompressor();
            for (var i = 0; i < 3; i++)
            {
                Assert.InRange(decompressor.Decompress(input).Length, 1, PacketDecompressor.MaxMessageLength);
            }
        });
    }
}
