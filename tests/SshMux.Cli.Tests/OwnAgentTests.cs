using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Clients that bring the agent of their own environment or configuration to a master of ours.</summary>
public class OwnAgentTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const string TellKey = "ssh-add -l | cut -d' ' -f3";

    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task The_agent_of_a_new_shell_works_over_a_master_whose_own_is_gone()
    {
        var old = await StartAgentAsync("old");
        await using var master = await TestMaster.StartAsync(Peer.SshMux, _sshd, "-o", $"ForwardAgent={old.Socket}");
        Assert.Equal(new ProcessResult(0, "old\n", ""), await master.RunClientAsync(Peer.SshMux, "-A", "x", TellKey));
        old.Dispose();
        using var again = await StartAgentAsync("again");
        KeyValuePair<string, string>[] shell = [new("SSH_AUTH_SOCK", again.Socket)];
        Assert.Equal(
            new ProcessResult(0, "again\n", ""), await master.RunClientAsync(Peer.SshMux, shell, "-A", "x", TellKey));

        // As ever: it is the master's that a client of ssh asks for.
        var ssh = await master.RunClientAsync(Peer.OpenSsh, shell, "-A", "x", TellKey);
        Assert.Equal("", ssh.Output);
    }

    [Fact]
    public async Task ForwardAgent_of_the_client_says_which_agent_it_is()
    {
        using var ofMaster = await StartAgentAsync("master");
        using var own = await StartAgentAsync("own");
        await using var master = await TestMaster.StartAsync(
            Peer.SshMux, _sshd, "-o", $"ForwardAgent={ofMaster.Socket}");
        KeyValuePair<string, string>[] variable = [new("SSHMUX_TEST_AGENT", own.Socket)];
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, own.Socket);
        foreach (var (value, key) in new[]
        {
            (own.Socket, "own"), ("$SSHMUX_TEST_AGENT", "own"), (relative, "own"), ("yes", "master"),
        })
        {
            var result = await master.RunClientAsync(
                Peer.SshMux, variable, "-o", $"ForwardAgent={value}", "x", TellKey);
            Assert.Equal(new ProcessResult(0, $"{key}\n", ""), result);
        }
    }

    [Fact]
    public async Task A_master_without_ForwardAgent_takes_none()
    {
        using var own = await StartAgentAsync("own");
        await using var master = await TestMaster.StartAsync(Peer.SshMux, _sshd, "-a");
        var result = await master.RunClientAsync(
            Peer.SshMux, [new("SSH_AUTH_SOCK", own.Socket)], "-A", "x", "echo ${SSH_AUTH_SOCK:-none}");
        Assert.Equal(new ProcessResult(0, "none\n", ""), result);
    }

    /// <summary>An agent with one key, which is called so.</summary>
    private async Task<TestAgent> StartAgentAsync(string name)
    {
        var key = _sshd.Folder.File($"key_{Guid.NewGuid():N}");
        await TestSshd.KeygenAsync(key, "ed25519", "", "-C", name);
        return await TestAgent.StartAsync(key);
    }
}
