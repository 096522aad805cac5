using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Packets;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>An sshd with a host key of every type.</summary>
public sealed class SshdWithAllHostKeys : IAsyncLifetime
{
    private readonly TestFolder _keys = new();

    public TestSshd Sshd { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await TestSshd.KeygenAsync(_keys.File("p384"), "ecdsa", "", "-b", "384");
        await TestSshd.KeygenAsync(_keys.File("p521"), "ecdsa", "", "-b", "521");
        Sshd = await TestSshd.StartAsync($"HostKey {_keys.File("p384")}\nHostKey {_keys.File("p521")}");
    }

    public async ValueTask DisposeAsync()
    {
        await Sshd.DisposeAsync();
        _keys.Dispose();
    }
}

/// <summary>Every algorithm alone against a real sshd, as far as a service request that is accepted.</summary>
public class AlgorithmMatrixTests(SshdWithAllHostKeys server) : IClassFixture<SshdWithAllHostKeys>
{
    // Without certificates and FIDO tokens, which the server of these tests does not have.
    private static IEnumerable<string> PlainHostKeys => SshAlgorithms.Signature.Where(name => !name.StartsWith("sk-"));

    public static TheoryData<string, string> KeyExchangesAndHostKeys
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var keyExchange in SshAlgorithms.KeyExchange)
            {
                foreach (var hostKey in PlainHostKeys) data.Add(keyExchange, hostKey);
            }

            return data;
        }
    }

    public static TheoryData<string, string> CiphersAndMacs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var cipher in SshAlgorithms.Ciphers)
            {
                foreach (var mac in SshAlgorithms.Macs) data.Add(cipher, mac);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(KeyExchangesAndHostKeys))]
    public async Task Key_exchange_and_host_key(string keyExchange, string hostKey)
    {
        var algorithms = await TryAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            KeyExchangeAlgorithms = [keyExchange],
            HostKeyAlgorithms = [hostKey],
        });
        Assert.Equal((keyExchange, hostKey), (algorithms.KeyExchange, algorithms.HostKey));
    }

    [Theory]
    [MemberData(nameof(CiphersAndMacs))]
    public async Task Cipher_and_mac(string cipher, string mac)
    {
        var algorithms = await TryAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            Ciphers = [cipher],
            Macs = [mac],
        });
        var expected = PacketCipherFactory.IsAuthenticated(cipher) ? null : mac;
        Assert.Equal((cipher, expected), (algorithms.CipherIn, algorithms.MacIn));
        Assert.Equal((cipher, expected), (algorithms.CipherOut, algorithms.MacOut));
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

    private async Task<NegotiatedAlgorithms> TryAsync(SshTransportOptions options)
    {
        await using var transport = await ConnectAsync(server.Sshd, options);
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        await RequestServiceAsync(transport, receiver);
        Assert.False(transport.Ended.IsCompleted);
        return transport.Algorithms;
    }
}
