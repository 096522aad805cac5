using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>The post-quantum methods with an sshd that has them all.</summary>
public class NewerSshdTests
{
    public static TheoryData<string> Methods => [.. SshAlgorithms.KeyExchange.Where(HybridKey.IsPostQuantum)];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Data_goes_both_ways_before_and_after_a_renewal_of_the_keys(string method)
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        await using var sshd = await NewerOpenSsh.StartSshdAsync();
        var algorithms = await AlgorithmMatrixTests.TryAsync(sshd, new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            KeyExchangeAlgorithms = [method],
        });
        Assert.Equal(method, algorithms.KeyExchange);
    }

    [Fact]
    public async Task ML_KEM_is_agreed_on_by_default()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        await using var sshd = await NewerOpenSsh.StartSshdAsync();
        await using var transport = await ConnectAsync(sshd);
        Assert.Equal(SshAlgorithms.MlKem768X25519, transport.Algorithms.KeyExchange);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Many_renewals_by_both_sides_under_traffic_lose_nothing(string method)
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        await using var sshd = await NewerOpenSsh.StartSshdAsync("RekeyLimit 300K");
        await using var transport = await ConnectAsync(sshd, new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            KeyExchangeAlgorithms = [method],
            RekeyLimitBytes = 400_000,
        });
        await SshTransportSshdTests.EchoAsync(transport, sshd, 3_000_000);
        Assert.InRange(transport.KeyExchangeCount, 5, 1000);
    }
}
