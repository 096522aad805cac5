using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>X11 forwarding to a real X server, each program as master and as client.</summary>
public class X11ForwardingTests(X11Fixture server) : IClassFixture<X11Fixture>
{
    // The extension by which X servers tell trusted clients from others; only the trusted see it.
    private const string ShowRights =
        "xdpyinfo > $HOME/$$.out && if grep -q SECURITY $HOME/$$.out; then echo trusted; else echo untrusted; fi";

    private readonly TestSshd _sshd = server.Sshd;

    public static TheoryData<Peer, Peer, string, string> PairsAndTrust
    {
        get
        {
            var data = new TheoryData<Peer, Peer, string, string>();
            foreach (var (master, client) in (ReadOnlySpan<(Peer, Peer)>)
                [(Peer.OpenSsh, Peer.SshMux), (Peer.SshMux, Peer.OpenSsh), (Peer.SshMux, Peer.SshMux)])
            {
                data.Add(master, client, "yes", "trusted\n");
                data.Add(master, client, "no", "untrusted\n");
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(PairsAndTrust))]
    public async Task A_session_that_asks_reaches_the_X_server_of_the_master(
        Peer master, Peer client, string trusted, string rights)
    {
        await using var shared = await TestMaster.StartAsync(
            master, _sshd, server.Display.Environment, "-X", "-o", $"ForwardX11Trusted={trusted}");
        var asked = await shared.RunClientAsync(client, "-X", "x", ShowRights);
        Assert.Equal(new ProcessResult(0, rights, ""), asked);
        var notAsked = await shared.RunClientAsync(client, "x", "echo ${DISPLAY:-none}");
        Assert.Equal(new ProcessResult(0, "none\n", ""), notAsked);
        await ExpectNoXAuthFolderAsync();
    }

    [Theory]
    [InlineData("-Y", "trusted\n")]
    [InlineData("-Xo ForwardX11Trusted=no", "untrusted\n")]
    [InlineData("-Xo ForwardX11Trusted=no -o ForwardX11Timeout=0", "untrusted\n")]
    public async Task A_connection_of_its_own_reaches_the_X_server(string options, string rights)
    {
        var result = await RunAsync(server.Display.Environment, [.. options.Split(' '), "x", ShowRights]);
        Assert.Equal(new ProcessResult(0, rights, ""), result);
    }

    /// <summary>As with ssh(1): the session is over, but somebody still looks at the window.</summary>
    [Fact]
    public async Task A_connection_stays_for_an_X11_program_that_outlives_the_session()
    {
        await SetAsync("before");
        // By its port: the log may tell the end of an earlier test's session only now. The file is made first,
        // as grep may look before the program's shell has opened it.
        var output = _sshd.Folder.File($"spy_{Guid.NewGuid():N}");
        var running = RunAsync(
            server.Display.Environment,
            "-Y",
            "x",
            $"echo $SSH_CLIENT > {output}.client; touch {output}; "
            + $"xprop -root -spy SSHMUX_TEST > {output} 2>&1 < /dev/null & echo $! > {output}.pid; "
            + $"until grep -q before {output}; do sleep 0.05; done");
        await Wait.UntilAsync(() => File.Exists($"{output}.pid"), "the program is started");
        var port = File.ReadAllText($"{output}.client").Split(' ')[1];
        var close = $"Close session: user {Environment.UserName} from 127.0.0.1 port {port} id 0";
        await Wait.UntilAsync(() => _sshd.Log.Contains(close, StringComparison.Ordinal), "the session ends");
        await SetAsync("after");
        await Wait.UntilAsync(
            () => File.ReadAllText(output).EndsWith("\"after\"\n", StringComparison.Ordinal), "it sees the change");
        Assert.False(running.IsCompleted);
        await ProcessResult.RunAsync("kill", [(await File.ReadAllTextAsync($"{output}.pid")).Trim()]);
        Assert.Equal(new ProcessResult(0, "", ""), await running);

        async Task SetAsync(string value)
        {
            var set = await ProcessResult.RunAsync(
                "env",
                [
                    .. server.Display.Environment.Select(variable => $"{variable.Key}={variable.Value}"),
                    "xprop", "-root", "-f", "SSHMUX_TEST", "8s", "-set", "SSHMUX_TEST", value,
                ]);
            Assert.Equal((0, ""), (set.ExitCode, set.ErrorOutput));
        }
    }

    [Fact]
    public async Task The_server_gets_another_cookie_than_the_X_server_has()
    {
        var here = await ProcessResult.RunAsync(
            "xauth", ["-f", server.Display.Environment[1].Value, "list", server.Display.Display]);
        var there = await RunAsync(server.Display.Environment, "-Y", "x", "xauth list $DISPLAY");
        Assert.Equal((0, ""), (there.ExitCode, there.ErrorOutput));
        var (real, fake) = (here.Output.Trim().Split(' ')[^1], there.Output.Trim().Split(' ')[^1]);
        Assert.Equal((32, 32), (real.Length, fake.Length));
        Assert.NotEqual(real, fake);
    }

    [Fact]
    public async Task A_program_on_the_server_without_the_cookie_gets_nowhere()
    {
        var result = await RunAsync(server.Display.Environment, "-Y", "x", "XAUTHORITY=/dev/null xdpyinfo; echo $?");
        Assert.Equal("1\n", result.Output);
        Assert.Contains(
            "sshmux: X11 connection rejected because of wrong authentication.\n",
            result.ErrorOutput,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_cookie_of_the_X_server_trusted_forwarding_warns_and_untrusted_does_without()
    {
        const string tell = "echo ${DISPLAY:+some}";
        var trusted = await RunAsync(server.Display.EnvironmentOfStrangers, "-Y", "x", tell);
        Assert.Equal(
            new ProcessResult(
                0,
                "some\n",
                "sshmux: Warning: No xauth data; using fake authentication data for X11 forwarding.\n"),
            trusted);
        var untrusted = await RunAsync(
            server.Display.EnvironmentOfStrangers, "-X", "-o", "ForwardX11Trusted=no", "x", tell);
        Assert.Equal(
            new ProcessResult(
                0,
                "\n",
                "sshmux: Warning: untrusted X11 forwarding setup failed: xauth key data not generated\n"),
            untrusted);
    }

    [Fact]
    public async Task A_server_that_refuses_is_named_by_own_connections_and_by_masters_to_their_clients()
    {
        await using var sshd = await TestSshd.StartAsync("X11Forwarding no");
        var own = await RunAsync(sshd, server.Display.Environment, "-Y", "x", "echo hi");
        Assert.Equal(new ProcessResult(0, "hi\n", "sshmux: X11 forwarding request failed on channel 0\n"), own);
        await using var master = await TestMaster.StartAsync(Peer.SshMux, sshd, server.Display.Environment, "-Y");
        foreach (var client in (Peer[])[Peer.OpenSsh, Peer.SshMux])
        {
            var result = await master.RunClientAsync(client, "-Y", "x", "cat");
            Assert.Equal(new ProcessResult(0, "", "X11 forwarding request failed on channel 0\r\n"), result);
        }
    }

    [Fact]
    public async Task A_master_without_ForwardX11_or_without_a_display_gives_none()
    {
        const string tell = "echo ${DISPLAY:-none}";
        await using var without = await TestMaster.StartAsync(Peer.SshMux, _sshd, server.Display.Environment, "-x");
        Assert.Equal(new ProcessResult(0, "none\n", ""), await without.RunClientAsync(Peer.OpenSsh, "-X", "x", tell));
        await using var blind = await TestMaster.StartAsync(Peer.SshMux, _sshd, [new("DISPLAY", "")], "-v", "-Y");
        Assert.Equal(new ProcessResult(0, "none\n", ""), await blind.RunClientAsync(Peer.OpenSsh, "-X", "x", tell));
        await Wait.UntilAsync(
            () => blind.Messages.Contains("X11 forwarding requested but DISPLAY not set", StringComparison.Ordinal),
            "the master says so");
    }

    /// <summary>An untrusted cookie is in a temporary folder, for as long as it takes to read it.</summary>
    private static Task ExpectNoXAuthFolderAsync() => Wait.UntilAsync(
        () => !Directory.GetDirectories(Path.GetTempPath(), "sshmux-*")
            .Any(folder => File.Exists(Path.Combine(folder, "xauthfile"))),
        "no cookie is left behind");

    private Task<ProcessResult> RunAsync(
        KeyValuePair<string, string>[] environment, params IEnumerable<string> arguments) =>
        RunAsync(_sshd, environment, arguments);

    private static Task<ProcessResult> RunAsync(
        TestSshd sshd, KeyValuePair<string, string>[] environment, params IEnumerable<string> arguments) =>
        ProcessResult.RunAsync(
            "env",
            [
                .. environment.Select(variable => $"{variable.Key}={variable.Value}"),
                SshMuxProgram.Path, "-F", sshd.SshConfig, .. arguments,
            ]);
}
