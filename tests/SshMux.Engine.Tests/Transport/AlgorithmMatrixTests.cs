using System.Security.Cryptography;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Packets;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>An sshd that offers all that it has, with a host key of every type and a certificate for each.</summary>
public sealed class SshdWithEverything : IAsyncLifetime
{
    private readonly TestFolder _keys = new();

    public TestSshd Sshd { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        string[][] types =
            [["ed25519"], ["ecdsa", "-b", "256"], ["ecdsa", "-b", "384"], ["ecdsa", "-b", "521"], ["rsa"]];
        var ca = _keys.File("ca");
        await TestSshd.KeygenAsync(ca, "ed25519");
        var config = "Compression yes\n";
        foreach (var (keyword, kind) in new[] { ("KexAlgorithms", "kex"), ("Ciphers", "cipher"), ("MACs", "mac") })
        {
            config += $"{keyword} {string.Join(',', await KnownAsync(kind))}\n";
        }

        foreach (var type in types)
        {
            var key = _keys.File(string.Concat(type));
            await TestSshd.KeygenAsync(key, type[0], "", type[1..]);
            var signed = await ProcessResult.RunAsync(
                "ssh-keygen", ["-q", "-s", ca, "-h", "-I", "host", "-n", "127.0.0.1", key + ".pub"]);
            Assert.Equal(0, signed.ExitCode);
            config += $"HostKey {key}\nHostCertificate {key}-cert.pub\n";
        }

        Sshd = await TestSshd.StartAsync(config);
    }

    /// <summary>What the system's OpenSSH has of a kind.</summary>
    public static async Task<string[]> KnownAsync(string kind)
    {
        var known = await ProcessResult.RunAsync("ssh", ["-Q", kind]);
        return known.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync()
    {
        if (Sshd is not null) await Sshd.DisposeAsync();
        _keys.Dispose();
    }
}

/// <summary>
/// Every algorithm that we list, alone and with the defaults of the other kinds, against a real sshd: a login, data
/// both ways through a command, and new keys in between. What comes to the lists is tested by that.
/// </summary>
public class AlgorithmMatrixTests(SshdWithEverything server) : IClassFixture<SshdWithEverything>
{
    /// <summary>
    /// What the sshd of Debian 12 does not have, or not before its later versions; <see cref="NewerSshdTests"/> has all
    /// of it. All others must be tested.
    /// </summary>
    private static readonly string[] MaySshdLack =
        [SshAlgorithms.MlKem768X25519, SshAlgorithms.Sntrup761X25519, "ssh-mldsa44-ed25519", "ssh-mldsa44-ed25519-cert"];

    private static readonly byte[] Data = RandomNumberGenerator.GetBytes(100_000);

    public static TheoryData<string> KeyExchanges => [.. SshAlgorithms.KeyExchange];

    // Without those of FIDO tokens, for which sshd needs a token.
    public static TheoryData<string> HostKeys =>
        [.. SshAlgorithms.HostKey.Where(name => !name.StartsWith("sk-", StringComparison.Ordinal))];

    public static TheoryData<string> Ciphers => [.. SshAlgorithms.Ciphers];

    public static TheoryData<string> Compressions => [.. SshAlgorithms.Compression];

    public static TheoryData<string, string> CiphersAndMacs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var cipher in SshAlgorithms.Ciphers.Where(name => !PacketCipherFactory.IsAuthenticated(name)))
            {
                foreach (var mac in SshAlgorithms.Macs) data.Add(cipher, mac);
            }

            return data;
        }
    }

    /// <summary>A new list of algorithms fails here until this class tests what is in it.</summary>
    [Fact]
    public void Every_algorithm_that_is_listed_is_tested_here()
    {
        string[] tested =
        [
            .. SshAlgorithms.KeyExchange, .. SshAlgorithms.HostKey, .. SshAlgorithms.Ciphers, .. SshAlgorithms.Macs,
            .. SshAlgorithms.Compression,
        ];
        var listed = typeof(SshAlgorithms).GetProperties()
            .Select(property => property.GetValue(null))
            .OfType<IEnumerable<string>>()
            .SelectMany(names => names)
            .ToList();
        Assert.NotEmpty(listed);
        Assert.Empty(listed.Except(tested));
    }

    [Theory]
    [MemberData(nameof(KeyExchanges))]
    public async Task Key_exchange(string keyExchange)
    {
        await SkipIfSshdLacksAsync("kex", keyExchange);
        var algorithms = await TryAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            KeyExchangeAlgorithms = [keyExchange],
        });
        Assert.Equal(keyExchange, algorithms.KeyExchange);
    }

    [Theory]
    [MemberData(nameof(HostKeys))]
    public async Task Host_key(string hostKey)
    {
        Assert.SkipWhen(
            hostKey.StartsWith("sk-", StringComparison.Ordinal), "no sshd has a host key on a FIDO token without one");
        await SkipIfSshdLacksAsync("HostKeyAlgorithms", hostKey);
        var algorithms = await TryAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            HostKeyAlgorithms = [hostKey],
        });
        Assert.Equal(hostKey, algorithms.HostKey);
    }

    [Theory]
    [MemberData(nameof(Ciphers))]
    public async Task Cipher(string cipher)
    {
        var algorithms = await TryAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            Ciphers = [cipher],
        });
        Assert.Equal((cipher, cipher), (algorithms.CipherIn, algorithms.CipherOut));
        Assert.Equal(PacketCipherFactory.IsAuthenticated(cipher), algorithms.MacIn is null);
    }

    [Theory]
    [MemberData(nameof(CiphersAndMacs))]
    public async Task Mac(string cipher, string mac)
    {
        var algorithms = await TryAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            Ciphers = [cipher],
            Macs = [mac],
        });
        Assert.Equal((cipher, mac), (algorithms.CipherIn, algorithms.MacIn));
        Assert.Equal((cipher, mac), (algorithms.CipherOut, algorithms.MacOut));
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public async Task Compression(string compression)
    {
        var algorithms = await TryAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            Compression = compression != SshAlgorithms.NoCompression,
        });
        Assert.Equal((compression, compression), (algorithms.CompressionIn, algorithms.CompressionOut));
    }

    /// <summary>The server's list decides too: it has one of each, and we offer all.</summary>
    [Fact]
    public async Task The_servers_only_choice_is_found()
    {
        await using var sshd = await TestSshd.StartAsync("""
            KexAlgorithms ecdh-sha2-nistp521
            HostKeyAlgorithms rsa-sha2-256
            Ciphers aes192-ctr
            MACs hmac-sha2-512
            """);
        await using var transport = await ConnectAsync(sshd);
        Assert.Equal(
            new NegotiatedAlgorithms
            {
                KeyExchange = "ecdh-sha2-nistp521",
                HostKey = "rsa-sha2-256",
                CipherOut = "aes192-ctr",
                CipherIn = "aes192-ctr",
                MacOut = "hmac-sha2-512",
                MacIn = "hmac-sha2-512",
                StrictKeyExchange = transport.Algorithms.StrictKeyExchange,
            },
            transport.Algorithms);
    }

    private static async Task SkipIfSshdLacksAsync(string kind, string name)
    {
        if (!MaySshdLack.Contains(name)) return;
        var known = await SshdWithEverything.KnownAsync(kind);
        Assert.SkipUnless(known.Contains(name), $"the sshd of this system has no {name}");
    }

    private Task<NegotiatedAlgorithms> TryAsync(SshTransportOptions options) => TryAsync(server.Sshd, options);

    /// <summary>Logs in, sends data through a command and renews the keys in between.</summary>
    internal static async Task<NegotiatedAlgorithms> TryAsync(TestSshd sshd, SshTransportOptions options)
    {
        await using var transport = await ConnectAsync(sshd, options);
        using var login = await RawLogin.LoginAsync(transport, sshd);
        var received = new MemoryStream();
        login.OnData = data => received.Write(data);
        await login.ExecAsync("cat");
        await login.SendAsync(Data.AsMemory(0, Data.Length / 2));
        transport.RequestKeyExchange();
        await login.SendAsync(Data.AsMemory(Data.Length / 2));
        login.SendEof();
        await login.Closed;
        Assert.Equal(Data, received.ToArray());
        Assert.Equal(2, transport.KeyExchangeCount);
        return transport.Algorithms;
    }
}
