using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>The key pair of sntrup761 that is made while the connection is.</summary>
public class PreparedKeyTests
{
    private const string MlKem = SshAlgorithms.MlKem768X25519;
    private const string Sntrup = SshAlgorithms.Sntrup761X25519;
    private const string Curve = "curve25519-sha256";

    [Theory]
    [InlineData(Curve)]
    [InlineData(MlKem)]
    [InlineData(MlKem, Curve, Sntrup)]
    [InlineData(Curve, Sntrup, MlKem)]
    public void None_is_begun_that_is_hardly_ever_needed(params string[] methods) =>
        Assert.Null(PreparedKey.Begin(methods));

    [Fact]
    public async Task It_is_taken_once_and_only_for_its_method()
    {
        using var prepared = await BeginAsync(MlKem, Sntrup, Curve);
        Assert.Null(prepared.Take(Curve));
        Assert.Null(prepared.Take(MlKem));
        using var key = await prepared.Take(SshAlgorithms.Sntrup761X25519AtOpenSsh)!.WaitAsync(Patience);
        Assert.Equal(1158 + 32, key.PublicValue.Length);
        Assert.Null(prepared.Take(Sntrup));
        prepared.Dispose(); // no longer its own
        Assert.Equal(68, key.DeriveSecret(ServerShare.For(Sntrup, key.PublicValue.ToArray()).PublicValue).Length);
    }

    [Fact]
    public async Task Only_one_is_in_the_making_at_a_time()
    {
        using var prepared = await BeginAsync(Sntrup);
        var second = PreparedKey.Begin([Sntrup]);
        var making = prepared.Take(Sntrup)!;
        Assert.True(second is null || making.IsCompleted, "two are in the making");
        second?.Dispose();
        (await making.WaitAsync(Patience)).Dispose();
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_8.4p1 Debian-5", false)]
    [InlineData("SSH-2.0-OpenSSH_8.5", true)]
    [InlineData("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7", true)]
    [InlineData("SSH-2.0-OpenSSH_9.8", true)]
    [InlineData("SSH-2.0-OpenSSH_9.9p1", false)]
    [InlineData("SSH-2.0-OpenSSH_10.0p2 Debian-7", false)]
    [InlineData("SSH-2.0-OpenSSH_10.6", false)]
    [InlineData("SSH-2.0-OpenSSH_for_Windows_9.5", true)]
    [InlineData("SSH-2.0-OpenSSH_", true)]
    [InlineData("SSH-2.0-dropbear_2025.88", true)]
    public async Task It_is_given_up_when_the_servers_version_says_so(string version, bool kept)
    {
        using var prepared = await BeginAsync(MlKem, Sntrup, Curve);
        prepared.OnServerVersion(version);
        var making = prepared.Take(Sntrup);
        Assert.Equal(kept, making is not null);
        if (making is not null) (await making.WaitAsync(Patience)).Dispose();
    }

    [Fact]
    public async Task A_newer_server_does_not_change_that_ML_KEM_is_not_offered()
    {
        using var prepared = await BeginAsync(Sntrup, Curve);
        prepared.OnServerVersion("SSH-2.0-OpenSSH_10.6");
        (await prepared.Take(Sntrup)!.WaitAsync(Patience)).Dispose();
    }

    [Fact]
    public async Task A_connection_takes_it_or_lets_it_go()
    {
        await using var sshd = await TestSshd.StartAsync();
        foreach (var method in (string[])[Sntrup, Curve])
        {
            using var prepared = await BeginAsync(Sntrup);
            await using var transport = await ConnectAsync(sshd, new SshTransportOptions
            {
                VerifyHostKey = (_, _) => default,
                KeyExchangeAlgorithms = [method],
                PreparedKey = prepared,
            });
            Assert.Null(prepared.Take(Sntrup));
        }
    }

    /// <summary>Connections of other tests may just have theirs in the making.</summary>
    private static async Task<PreparedKey> BeginAsync(params string[] methods)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if (PreparedKey.Begin(methods) is { } prepared) return prepared;
            await Task.Delay(1, patience.Token);
        }
    }
}
