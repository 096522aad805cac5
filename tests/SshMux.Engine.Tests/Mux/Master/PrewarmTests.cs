using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>The option SshMuxPrewarm, and a master that has it.</summary>
public sealed class PrewarmTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SshMuxPrewarm=3")]
    [InlineData("sshmuxprewarm 3")]
    public async Task It_is_an_option_like_others(string option)
    {
        var configuration = await LoadAsync(option, "SshMuxPrewarm=7", "Port=2222");
        Assert.Equal((3, 2222), (configuration.Prewarm, configuration.Port));
    }

    [Fact]
    public async Task Without_it_nothing_is_opened_in_advance() => Assert.Equal(0, (await LoadAsync()).Prewarm);

    [Theory]
    [InlineData("-1")]
    [InlineData("101")]
    [InlineData("yes")]
    public async Task What_is_no_number_of_sessions_is_an_error(string value)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync($"SshMuxPrewarm={value}"));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains("it must be a number from 0 to 100", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_use_the_sessions_and_the_servers_limit_is_no_obstacle()
    {
        await using var sshd = await TestSshd.StartAsync("MaxSessions 3");
        await using var master = await OurMaster.StartAsync(sshd, new MuxMasterOptions { Prewarm = 5 });
        var connection = master.Master.Connection;
        for (var i = 0; i < 5; i++)
        {
            await SparesAsync();
            Assert.Equal(0, connection.ChannelCount);
            var result = await master.SshAsync("x", "echo $SSHMUX_TEST; cat; exit 3");
            Assert.Equal((3, "\n", ""), (result.ExitCode, result.Output, result.ErrorOutput));
        }

        // The server counts a session for a while after its end, and would refuse one of these.
        await SparesAsync();
        var atOnce = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => master.SshAsync("x", $"sleep 1; echo {i}")));
        Assert.Equal(["0\n", "1\n", "2\n"], atOnce.Select(result => result.Output));
        await master.ExpectNothingLeftAsync();

        // All three that the server allows are taken.
        Task SparesAsync() => Eventually.TrueAsync(
            () => connection.DescribeChannels().Split("spare-session (t4").Length - 1 == 3,
            "three sessions are open in advance");
    }

    [Fact]
    public async Task They_do_not_keep_a_master_that_nobody_uses()
    {
        using var folder = new TestFolder();
        var options = new MuxMasterOptions
        {
            ControlPath = folder.File("s"),
            IdleLimit = TimeSpan.FromMilliseconds(50),
            Prewarm = 2,
        };
        await using var master = await MuxMaster.StartAsync(EchoServer.Connect(), options, Stop);
        var reason = await master.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        Assert.StartsWith("nobody used the master", reason.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_do_not_keep_a_master_that_has_stopped_listening()
    {
        await using var sshd = await TestSshd.StartAsync();
        await using var master = await OurMaster.StartAsync(sshd, new MuxMasterOptions { Prewarm = 2 });
        master.Master.StopListening();
        await master.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop);
    }

    private static Task<HostConfiguration> LoadAsync(params string[] options) =>
        HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = "none", Options = options }, Stop);
}
