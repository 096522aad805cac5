using System.Security.Cryptography;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>One sshd that allows all algorithms we have; the client picks.</summary>
public sealed class SharedSshd : IAsyncLifetime
{
    public TestSshd Sshd { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sshd = await TestSshd.StartAsync();

    public ValueTask DisposeAsync() => Sshd.DisposeAsync();
}

public class SshTransportSshdTests(SharedSshd shared) : IClassFixture<SharedSshd>
{
    private readonly TestSshd _sshd = shared.Sshd;

    [Fact]
    public async Task The_server_proves_its_host_key_and_the_callback_sees_it()
    {
        SshPublicKey? seen = null;
        await using var transport = await ConnectAsync(_sshd, new SshTransportOptions
        {
            KeyExchangeAlgorithms = ["curve25519-sha256"],
            VerifyHostKey = (key, _) =>
            {
                seen = key.Key;
                return default;
            },
        });
        Assert.NotNull(seen);
        Assert.Equal(seen, transport.HostKey);
        var knownHosts = await File.ReadAllTextAsync(_sshd.KnownHosts, TestContext.Current.CancellationToken);
        Assert.Contains(seen.ToString(), knownHosts, StringComparison.Ordinal);
        Assert.StartsWith("SSH-2.0-OpenSSH", transport.ServerVersion, StringComparison.Ordinal);
        Assert.Equal(32, transport.SessionId.Length);
        Assert.Equal(1, transport.KeyExchangeCount);
    }

    [Fact]
    public async Task Server_sig_algs_are_kept()
    {
        await using var transport = await ConnectAsync(_sshd);
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        await RequestServiceAsync(transport, receiver);
        Assert.Contains("ssh-ed25519", transport.ServerSignatureAlgorithms!);
        Assert.True(transport.ServerExtensions.ContainsKey("server-sig-algs"));
    }

    /// <summary>With and without strict key exchange's reset it must hold; every cipher's state starts anew.</summary>
    [Theory]
    [InlineData("aes128-gcm@openssh.com", "hmac-sha2-256")]
    [InlineData("aes256-ctr", "hmac-sha2-512")]
    [InlineData("aes192-ctr", "hmac-sha2-256-etm@openssh.com")]
    public async Task Our_rekeys_by_bytes_under_traffic_both_ways_lose_and_reorder_nothing(string cipher, string mac)
    {
        await using var transport = await ConnectAsync(_sshd, new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            RekeyLimitBytes = 300_000,
            Ciphers = [cipher],
            Macs = [mac],
        });
        await EchoAsync(transport, _sshd, 8_000_000);
        Assert.InRange(transport.KeyExchangeCount, 5, 100);
    }

    [Theory]
    [InlineData("aes256-gcm@openssh.com", "hmac-sha2-256")]
    [InlineData("aes128-ctr", "hmac-sha2-256")]
    public async Task The_servers_rekeys_under_traffic_both_ways_lose_and_reorder_nothing(string cipher, string mac)
    {
        await using var sshd = await TestSshd.StartAsync("RekeyLimit 500K");
        await using var transport = await ConnectAsync(sshd, new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,

            // Quick, so that there are many; NewerSshdTests renews slow ones.
            KeyExchangeAlgorithms = ["curve25519-sha256"],
            Ciphers = [cipher],
            Macs = [mac],
        });
        await EchoAsync(transport, sshd, 8_000_000);
        Assert.InRange(transport.KeyExchangeCount, 5, 1000);
    }

    [Fact]
    public async Task Keys_are_renewed_by_time_and_by_request()
    {
        await using var transport = await ConnectAsync(_sshd, new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            RekeyInterval = TimeSpan.FromMilliseconds(50),
        });
        using var login = await RawLogin.LoginAsync(transport, _sshd);
        var deadline = DateTime.UtcNow + Patience;
        while (transport.KeyExchangeCount < 4)
        {
            Assert.True(DateTime.UtcNow < deadline && !transport.Ended.IsCompleted);
            transport.RequestKeyExchange();
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Close_tells_the_server_and_completes_Ended_and_OnEnded_once()
    {
        await using var sshd = await TestSshd.StartAsync("LogLevel DEBUG1");
        await using var transport = await ConnectAsync(sshd);
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        await RequestServiceAsync(transport, receiver);
        var reason = new SshException(SshError.Stopped, "enough");
        Parallel.For(0, 4, _ => transport.Close(reason));
        Assert.Same(reason, await transport.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Same(reason, await receiver.EndAsync());
        transport.Close(new SshException(SshError.ProtocolError, "later"));
        await transport.DisposeAsync();
        Assert.Equal(1, receiver.Endings);
        Assert.False(transport.Send(new TextMessage(MessageNumber.Ignore, "")));

        var deadline = DateTime.UtcNow + Patience;
        while (!sshd.Log.Contains("11: disconnected by user", StringComparison.Ordinal))
        {
            Assert.True(DateTime.UtcNow < deadline, sshd.Log);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Sends random data through cat on the server and checks that the same comes back.</summary>
    internal static async Task EchoAsync(SshTransport transport, TestSshd sshd, int length)
    {
        var sent = RandomNumberGenerator.GetBytes(length);
        var received = new MemoryStream(length);
        using var login = await RawLogin.LoginAsync(transport, sshd);
        login.OnData = data => received.Write(data);
        await login.ExecAsync("cat");
        await login.SendAsync(sent);
        login.SendEof();
        await login.Closed;
        Assert.Equal(length, received.Length);
        Assert.True(sent.AsSpan().SequenceEqual(received.GetBuffer().AsSpan(0, length)));
    }
}
