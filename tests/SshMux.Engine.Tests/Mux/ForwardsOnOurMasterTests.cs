using System.Globalization;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux;

/// <summary>Forwards of our master, asked for by the system's ssh.</summary>
public class ForwardsOnOurMasterTests(MuxSshd server) : ForwardPairTests, IClassFixture<MuxSshd>
{
    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task The_master_lists_forwards_of_every_kind_with_their_ports()
    {
        await using var master = await OurMaster.StartAsync(_sshd);
        var result = await master.SshAsync("-O", "forward", "-D", "127.0.0.1:0", "x");
        Assert.Equal(255, result.ExitCode); // ssh itself wants a port there
        var dynamic = ForwardSpec.ParseDynamic($"127.0.0.1:{TestSshd.FreePort()}");
        await master.SshAsync("-O", "forward", "-D", dynamic.ToString(), "x");
        var chosen = await master.SshAsync("-O", "forward", "-R", "0", "x");
        var remote = Assert.Single(master.Master.Forwards, forward => forward.Spec.Kind == ForwardKind.Remote);
        Assert.Equal(ForwardSpec.ParseRemote("0"), remote.Spec);
        Assert.Equal(chosen.Output, string.Create(CultureInfo.InvariantCulture, $"{remote.Port}\n"));
        var other = Assert.Single(master.Master.Forwards, forward => forward.Spec.Kind == ForwardKind.Dynamic);
        Assert.Equal((dynamic, (int?)dynamic.Listen.Port), (other.Spec, other.Port));
    }

    [Fact]
    public async Task PermitRemoteOpen_holds_for_remote_forwards_without_a_target_alone()
    {
        using var target = new TcpTestServer();
        using var forbidden = new TcpTestServer();
        await using var master = await OurMaster.StartAsync(_sshd, new MuxMasterOptions
        {
            Forwards = new ForwardOptions { PermitRemoteOpen = PermitRemoteOpen.Parse($"127.0.0.1:{target.Port}") },
        });
        var port = (await master.SshAsync("-O", "forward", "-R", "0", "x")).Output.TrimEnd();
        var good = await CurlAsync("--socks5", $"127.0.0.1:{port}", Url(target.Port));
        Assert.Equal((0, TcpTestServer.Greeting), (good.ExitCode, good.Output));
        var bad = await CurlAsync("--socks5", $"127.0.0.1:{port}", Url(forbidden.Port));
        Assert.Equal(97, bad.ExitCode); // CURLE_PROXY
        Assert.Contains("(2)", bad.ErrorOutput, StringComparison.Ordinal); // not allowed by ruleset
        var direct = await master.SshAsync("-O", "forward", "-R", $"0:127.0.0.1:{forbidden.Port}", "x");
        Assert.Equal(TcpTestServer.Greeting, (await CurlAsync($"http://127.0.0.1:{direct.Output.TrimEnd()}/")).Output);
    }

    protected override async Task<IForwardPair> StartAsync() => new Pair(await OurMaster.StartAsync(_sshd));

    private sealed class Pair(OurMaster master) : IForwardPair
    {
        public async Task<int?> OpenAsync(ForwardSpec spec)
        {
            var output = await RunAsync("forward", spec);
            return output.Length == 0 ? null : int.Parse(output, CultureInfo.InvariantCulture);
        }

        public async Task CloseAsync(ForwardSpec spec) => Assert.Equal("", await RunAsync("cancel", spec));

        public async Task<string> ForwardStdioAsync(ForwardEndpoint target, string input)
        {
            var result = await master.SshAsync(["-W", target.ToString(), "x"], input);
            Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
            return result.Output;
        }

        public async ValueTask DisposeAsync()
        {
            await master.ExpectNothingLeftAsync();
            await master.DisposeAsync();
        }

        private async Task<string> RunAsync(string operation, ForwardSpec spec)
        {
            var option = spec.Kind switch
            {
                ForwardKind.Local => "-L",
                ForwardKind.Remote => "-R",
                _ => "-D",
            };
            var result = await master.SshAsync("-O", operation, option, spec.ToString(), "x");

            // A cancellation that was refused does not make ssh fail.
            return result is { ExitCode: 0, ErrorOutput: "" }
                ? result.Output
                : throw new SshException(SshError.MuxRefused, result.ErrorOutput);
        }
    }
}
