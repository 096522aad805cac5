using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Channels;
using SshMux.Engine.Connecting;
using SshMux.Engine.Forwarding;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Tests.Mux.Sessions;

/// <summary>Clients that bring agents of their own to a master of ours, beside those of ssh(1); with real agents.</summary>
public class MuxOwnAgentTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    /// <summary>For each line of its input, the names of the keys that it finds.</summary>
    private const string TellKeys = "while read x; do ssh-add -l 2>&1 | cut -d' ' -f3 | tr '\\n' ' '; echo; done";

    private const string TellSocket = "echo ${SSH_AUTH_SOCK:-none}";

    private readonly TestSshd _sshd = server.Sshd;

    [Fact]
    public async Task The_newest_open_session_has_its_agent_then_the_one_before_and_at_last_the_masters()
    {
        using var ofMaster = await StartAgentAsync("master");
        var ofOlder = await StartAgentAsync("older");
        using var ofNewer = await StartAgentAsync("newer");
        await using var master = await StartMasterAsync(ofMaster.Socket);
        await using var older = await AskingSession.StartAsync(master, ofOlder.Socket);
        Assert.Equal("older", await older.AskAsync());
        await using (var newer = await AskingSession.StartAsync(master, ofNewer.Socket))
        {
            Assert.Equal("newer", await newer.AskAsync());

            // The server does not say who asks.
            Assert.Equal("newer", await older.AskAsync());
        }

        await Eventually.TrueAsync(() => master.Master.SessionCount == 1, "the newer session is gone");
        Assert.Equal("older", await older.AskAsync());
        ofOlder.Dispose();
        Assert.Equal("master", await older.AskAsync());
    }

    [Fact]
    public async Task An_agent_that_was_started_again_works_over_a_master_whose_own_is_gone()
    {
        var old = await StartAgentAsync("old");
        await using var master = await StartMasterAsync(old.Socket);
        old.Dispose();
        var ssh = await master.SshAsync("-A", "x", TellSocket);
        Assert.Equal(new ProcessResult(0, "none\n", ""), ssh);
        using var again = await StartAgentAsync("again");
        await using var session = await AskingSession.StartAsync(master, again.Socket);
        Assert.Equal("again", await session.AskAsync());
    }

    [Fact]
    public async Task An_agent_that_dies_leaves_its_session_to_the_one_that_lives()
    {
        using var ofMaster = await StartAgentAsync("master");
        var own = await StartAgentAsync("own");
        await using var master = await StartMasterAsync(ofMaster.Socket);
        await using var session = await AskingSession.StartAsync(master, own.Socket);
        Assert.Equal("own", await session.AskAsync());
        own.Dispose();
        Assert.Equal("master", await session.AskAsync());

        // One that was not even there at the beginning.
        await using var late = await AskingSession.StartAsync(master, own.Socket);
        Assert.Equal("master", await late.AskAsync());
    }

    [Fact]
    public async Task Clients_of_ssh_have_the_masters_agent_and_leave_those_of_others_alone()
    {
        using var ofMaster = await StartAgentAsync("master");
        using var own = await StartAgentAsync("own");
        await using var master = await StartMasterAsync(ofMaster.Socket);
        await using var session = await AskingSession.StartAsync(master, own.Socket);
        Assert.Equal("own", await session.AskAsync());
        var ssh = await master.SshAsync(["-A", "x", TellKeys], "\n");
        Assert.Equal(new ProcessResult(0, "master \n", ""), ssh);
        Assert.Equal("own", await session.AskAsync());
    }

    [Fact]
    public async Task A_master_without_ForwardAgent_takes_none()
    {
        using var own = await StartAgentAsync("own");
        await using var master = await OurMaster.StartAsync(_sshd);
        await using var client = await ConnectAsync(master.Path, own.Socket);
        await using var process = await client.StartAsync(new() { Command = TellSocket, WantAgent = true });
        using var output = new StreamReader(process.StandardOutput);
        Assert.Equal("none\n", await output.ReadToEndAsync());
    }

    [Fact]
    public async Task A_session_that_does_not_ask_for_an_agent_brings_none()
    {
        using var ofMaster = await StartAgentAsync("master");
        using var own = await StartAgentAsync("own");
        await using var master = await StartMasterAsync(ofMaster.Socket);
        await using var asking = await AskingSession.StartAsync(master, ofMaster.Socket);
        await using var client = await ConnectAsync(master.Path, own.Socket);
        await using var silent = await client.StartAsync(new() { Command = "cat" });
        Assert.Equal("master", await asking.AskAsync());
    }

    [Fact]
    public async Task Keys_for_some_hosts_only_are_bound_in_an_agent_that_was_brought_too()
    {
        using var own = await TestAgent.StartAsync();
        await own.AddAsync("-H", _sshd.KnownHosts, "-h", $"[127.0.0.1]:{_sshd.Port}", _sshd.UserKey);
        await using var master = await OurMaster.StartAsync(_sshd);

        // What a login says of itself when it forwards an agent (ConnectionSetup).
        var binding = HostBinding.ForAgent((SshTransport)master.Master.Connection.Context.Transport);
        master.Master.Connection.AgentForward = new AgentForward(null, binding, NullLogger.Instance);
        await using var client = await ConnectAsync(master.Path, own.Socket);
        await using var process = await client.StartAsync(new() { Command = "ssh-add -l", WantAgent = true });
        using var output = new StreamReader(process.StandardOutput);
        Assert.Equal("The agent has no identities.\n", await output.ReadToEndAsync());
    }

    [Fact]
    public async Task A_master_of_OpenSSH_is_told_nothing()
    {
        using var ofMaster = await StartAgentAsync("master");
        using var own = await StartAgentAsync("own");
        await using var master = await RealMaster.StartAsync(_sshd, "-o", $"ForwardAgent={ofMaster.Socket}");
        await using var session = await AskingSession.StartAsync(master, own.Socket);
        Assert.Equal("master", await session.AskAsync());
    }

    private static Task<MuxClient> ConnectAsync(string controlPath, string agent) =>
        MuxClient.ConnectAsync(
            controlPath, new MuxClientOptions { Own = new MuxOwnForwards { AgentSocket = agent } });

    private async Task<OurMaster> StartMasterAsync(string agent)
    {
        var master = await OurMaster.StartAsync(_sshd);
        master.Master.Connection.AgentForward = new AgentForward(agent, null, NullLogger.Instance);
        return master;
    }

    /// <summary>An agent with one key, which is called so.</summary>
    private async Task<TestAgent> StartAgentAsync(string name)
    {
        var key = _sshd.Folder.File($"key_{Guid.NewGuid():N}");
        await TestSshd.KeygenAsync(key, "ed25519", "", "-C", name);
        return await TestAgent.StartAsync(key);
    }

    /// <summary>A session that goes on, and looks at its agent whenever it is asked to.</summary>
    private sealed class AskingSession : IAsyncDisposable
    {
        private readonly MuxClient _client;
        private readonly RemoteProcess _process;
        private readonly StreamReader _output;

        private AskingSession(MuxClient client, RemoteProcess process)
        {
            _client = client;
            _process = process;
            _output = new StreamReader(process.StandardOutput);
        }

        public static async Task<AskingSession> StartAsync(ITestMaster master, string agent)
        {
            var client = await ConnectAsync(master.Path, agent);
            var request = new SessionRequest { Command = TellKeys, WantAgent = true };
            return new AskingSession(client, await client.StartAsync(request));
        }

        /// <summary>The names of the keys that its programs find now.</summary>
        public async Task<string?> AskAsync()
        {
            await _process.StandardInput.WriteAsync("\n"u8.ToArray());
            var line = await _output.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
            return line?.TrimEnd();
        }

        public async ValueTask DisposeAsync()
        {
            await _process.DisposeAsync();
            await _client.DisposeAsync();
        }
    }
}
