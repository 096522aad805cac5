using System.Diagnostics;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Clients that bring the display of their own environment to a master of ours; with real X servers.</summary>
public class OwnDisplayTests(X11Fixture server) : IClassFixture<X11Fixture>
{
    /// <summary>The X servers differ by the sizes of their screens.</summary>
    private const string TellWidth = "xdpyinfo | grep dimensions | tr -s ' ' | cut -d' ' -f3 | cut -dx -f1";

    private const string TellRights = "if xdpyinfo | grep -q SECURITY; then echo trusted; else echo untrusted; fi";

    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task Sessions_at_one_time_each_reach_their_own_display_and_ssh_the_masters()
    {
        await using var second = await TestXServer.StartAsync(width: 96);
        await using var third = await TestXServer.StartAsync(width: 128);
        await using var master = await StartMasterAsync("-Y");
        using var onSecond = StartAsking(master, second);
        using var onThird = StartAsking(master, third);
        for (var turn = 0; turn < 2; turn++)
        {
            Assert.Equal("96", await AskAsync(onSecond));
            Assert.Equal("128", await AskAsync(onThird));
            foreach (var (client, environment) in new (Peer, KeyValuePair<string, string>[])[]
            {
                (Peer.OpenSsh, second.Environment), (Peer.SshMux, []),
            })
            {
                var result = await master.RunClientAsync(client, environment, "-Y", "x", TellWidth);
                Assert.Equal(new ProcessResult(0, "64\n", ""), result);
            }
        }

        foreach (var process in new[] { onSecond, onThird })
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, process.ExitCode);
        }
    }

    /// <summary>Whose display it is, is asked how much it may be trusted with.</summary>
    [Theory]
    [InlineData("-Y", "-X", "untrusted\n")]
    [InlineData("-X", "-Y", "trusted\n")]
    public async Task The_client_decides_what_programs_may_do_with_its_display(
        string ofMaster, string ofClient, string rights)
    {
        await using var own = await TestXServer.StartAsync(width: 96);
        await using var master = await StartMasterAsync(ofMaster, "-o", "ForwardX11Trusted=no");
        var result = await master.RunClientAsync(Peer.SshMux, own.Environment, ofClient, "x", TellRights);
        Assert.Equal(new ProcessResult(0, rights, ""), result);
    }

    [Fact]
    public async Task A_display_that_cannot_be_opened_is_not_replaced_by_the_masters()
    {
        await using var master = await StartMasterAsync("-Y");
        var result = await master.RunClientAsync(
            Peer.SshMux, server.Display.EnvironmentOfStrangers, "-X", "x", "echo ${DISPLAY:-none}");
        Assert.Equal(
            new ProcessResult(
                0,
                "none\n",
                "sshmux: Warning: untrusted X11 forwarding setup failed: xauth key data not generated\n"),
            result);
    }

    [Fact]
    public async Task A_master_with_no_display_takes_one_but_one_without_ForwardX11_none()
    {
        await using var blind = await TestMaster.StartAsync(Peer.SshMux, _sshd, [new("DISPLAY", "")], "-Y");
        Assert.Equal(
            new ProcessResult(0, "64\n", ""),
            await blind.RunClientAsync(Peer.SshMux, server.Display.Environment, "-Y", "x", TellWidth));
        await using var without = await StartMasterAsync("-x");
        Assert.Equal(
            new ProcessResult(0, "none\n", ""),
            await without.RunClientAsync(
                Peer.SshMux, server.Display.Environment, "-Y", "x", "echo ${DISPLAY:-none}"));
    }

    [Fact]
    public async Task The_server_gets_another_cookie_than_the_X_server_of_the_client_has()
    {
        await using var own = await TestXServer.StartAsync(width: 96);
        await using var master = await StartMasterAsync("-Y");
        var here = await ProcessResult.RunAsync(
            "xauth", ["-f", own.Environment[1].Value, "list", own.Display]);
        var there = await master.RunClientAsync(
            Peer.SshMux, own.Environment, "-vvv", "-Y", "x", "xauth list $DISPLAY");
        var (real, fake) = (here.Output.Trim().Split(' ')[^1], there.Output.Trim().Split(' ')[^1]);
        Assert.Equal((32, 32), (real.Length, fake.Length));
        Assert.NotEqual(real, fake);
        Assert.DoesNotContain(real, there.ErrorOutput, StringComparison.Ordinal);
        Assert.Contains($"the session brings the display {own.Display}", there.ErrorOutput, StringComparison.Ordinal);
    }

    private Task<TestMaster> StartMasterAsync(params string[] options) =>
        TestMaster.StartAsync(Peer.SshMux, _sshd, server.Display.Environment, options);

    /// <summary>A session that goes on, and looks at its display for each line of its input.</summary>
    private static Process StartAsking(TestMaster master, TestXServer display)
    {
        var start = new ProcessStartInfo(
            SshMuxProgram.Path, master.ClientArguments("-Y", "x", $"while read x; do {TellWidth}; done"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in display.Environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static async Task<string?> AskAsync(Process session)
    {
        await session.StandardInput.WriteAsync("\n");
        await session.StandardInput.FlushAsync();
        return await session.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
