using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Agent forwarding with a real agent, each program as master and as client.</summary>
public class AgentForwardingTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string TellSocket = "echo ${SSH_AUTH_SOCK:-none}";

    private readonly TestSshd _sshd = server.Sshd;

    public static TheoryData<Peer, Peer> Pairs => MultiplexTests.Pairs;

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_session_that_asks_reaches_the_agent_of_the_master(Peer master, Peer client)
    {
        using var agent = await TestAgent.StartAsync(_sshd.UserKey);
        await using var shared = await TestMaster.StartAsync(master, _sshd, "-o", $"ForwardAgent={agent.Socket}");

        // In this order: once asked for, sshd has the agent for all sessions of the connection.
        var notAsked = await shared.RunClientAsync(client, "x", TellSocket);
        Assert.Equal(new ProcessResult(0, "none\n", ""), notAsked);
        var asked = await shared.RunClientAsync(client, "-A", "x", "ssh-add -l");
        Assert.Equal((0, ""), (asked.ExitCode, asked.ErrorOutput));
        Assert.EndsWith("test (ED25519)\n", asked.Output, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_session_can_log_in_on_with_the_agents_key(Peer master, Peer client)
    {
        using var agent = await TestAgent.StartAsync(_sshd.UserKey);
        await using var shared = await TestMaster.StartAsync(master, _sshd, "-o", $"ForwardAgent={agent.Socket}");
        var result = await shared.RunClientAsync(client, "-A", "x", LoginOn);
        Assert.Equal(new ProcessResult(0, "two hosts on\n", ""), result);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_master_without_ForwardAgent_gives_no_agent(Peer master, Peer client)
    {
        using var agent = await TestAgent.StartAsync(_sshd.UserKey);
        await using var shared = await TestMaster.StartAsync(
            master, _sshd, "-o", $"IdentityAgent={agent.Socket}", "-o", "ForwardAgent=no");
        var result = await shared.RunClientAsync(client, "-A", "x", TellSocket);
        Assert.Equal(new ProcessResult(0, "none\n", ""), result);
    }

    [Fact]
    public async Task A_connection_of_its_own_forwards_the_agent_that_it_logs_in_with()
    {
        using var agent = await TestAgent.StartAsync(_sshd.UserKey);
        var result = await RunAsync("-A", "-o", $"IdentityAgent={agent.Socket}", "x", "ssh-add -l");
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.EndsWith("test (ED25519)\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForwardAgent_names_a_socket_or_the_variable_that_has_it()
    {
        using var agent = await TestAgent.StartAsync(_sshd.UserKey);
        var byVariable = await ProcessResult.RunAsync(
            "env",
            [
                $"SSHMUX_TEST_AGENT={agent.Socket}", SshMuxProgram.Path, "-F", _sshd.SshConfig,
                "-o", "ForwardAgent=$SSHMUX_TEST_AGENT", "x", "ssh-add -l",
            ]);
        Assert.EndsWith("test (ED25519)\n", byVariable.Output, StringComparison.Ordinal);
        var unset = await RunAsync("-o", "ForwardAgent=$SSHMUX_TEST_AGENT", "x", TellSocket);
        Assert.Equal((0, "none\n"), (unset.ExitCode, unset.Output));
    }

    [Fact]
    public async Task No_agent_is_forwarded_with_a_or_where_there_is_none()
    {
        using var agent = await TestAgent.StartAsync(_sshd.UserKey);
        var config = _sshd.Folder.Write(
            $"agent_config_{Guid.NewGuid():N}",
            $"ForwardAgent {agent.Socket}\n{await File.ReadAllTextAsync(_sshd.SshConfig)}");
        var off = await SshMuxProgram.RunAsync("-F", config, "-a", "x", TellSocket);
        Assert.Equal(new ProcessResult(0, "none\n", ""), off);
        var none = await RunAsync("-v", "-A", "-o", "IdentityAgent=none", "x", TellSocket);
        Assert.Equal((0, "none\n"), (none.ExitCode, none.Output));
        Assert.Contains(
            "agent forwarding requested but there is no agent", none.ErrorOutput, StringComparison.Ordinal);
    }

    /// <summary>
    /// The agent must know that it is asked from the server: a key for logins from here to there serves nobody there.
    /// </summary>
    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    public async Task A_key_that_is_only_for_this_server_cannot_be_used_from_it(Peer program)
    {
        using var agent = await TestAgent.StartAsync();
        await agent.AddAsync("-H", _sshd.KnownHosts, "-h", $"[127.0.0.1]:{_sshd.Port}", _sshd.UserKey);
        var here = await ProcessResult.RunAsync("env", [$"SSH_AUTH_SOCK={agent.Socket}", "ssh-add", "-l"]);
        Assert.EndsWith("test (ED25519)\n", here.Output, StringComparison.Ordinal);
        var there = await ProcessResult.RunAsync(
            "env",
            [
                $"SSH_AUTH_SOCK={agent.Socket}", TestMaster.ProgramOf(program), "-F", _sshd.SshConfig,
                "-A", "-o", "IdentityAgent=SSH_AUTH_SOCK", "x", "ssh-add -l",
            ]);
        Assert.Equal("The agent has no identities.\n", there.Output);
    }

    /// <summary>A chain in which each link must have told the agent what it is.</summary>
    [Theory]
    [InlineData(Peer.OpenSsh)]
    [InlineData(Peer.SshMux)]
    public async Task A_key_for_a_way_over_two_hosts_serves_that_way(Peer program)
    {
        using var agent = await TestAgent.StartAsync();
        var host = $"[127.0.0.1]:{_sshd.Port}";
        await agent.AddAsync("-H", _sshd.KnownHosts, "-h", host, "-h", $"{host}>{host}", _sshd.UserKey);
        var result = await ProcessResult.RunAsync(
            "env",
            [
                $"SSH_AUTH_SOCK={agent.Socket}", TestMaster.ProgramOf(program), "-F", _sshd.SshConfig, "-A",
                "-o", "IdentityAgent=SSH_AUTH_SOCK", "-o", "IdentitiesOnly=no", "-o", "IdentityFile=/nonexistent",
                "-o", "LogLevel=ERROR", "x", LoginOn,
            ]);
        Assert.Equal(new ProcessResult(0, "two hosts on\n", ""), result);
    }

    /// <summary>From the server to itself, with nothing but the agent's key.</summary>
    private string LoginOn =>
        $"ssh -F none -p {_sshd.Port} -o UserKnownHostsFile={_sshd.KnownHosts} -o GlobalKnownHostsFile=/dev/null "
        + "-o StrictHostKeyChecking=yes -o BatchMode=yes -o IdentityFile=/nonexistent 127.0.0.1 'echo two hosts on'";

    private Task<ProcessResult> RunAsync(params IEnumerable<string> arguments) =>
        SshMuxProgram.RunAsync(["-F", _sshd.SshConfig, .. arguments]);
}
