using SshMux.Cli.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What tests of sessions with a terminal share.</summary>
public abstract class TerminalSessionTests(ServerFixture server)
{
    // The shell shows neither prompt nor the line typed as one piece, so that only output matches what is waited for.
    protected const string QuietShell = "exec env -i PATH=\"$PATH\" TERM=\"$TERM\" PS1= sh";

    /// <summary>Master (null: none) and client.</summary>
    public static TheoryData<Peer?, Peer> Ways => new()
    {
        { Peer.OpenSsh, Peer.SshMux },
        { Peer.SshMux, Peer.OpenSsh },
        { Peer.SshMux, Peer.SshMux },
        { null, Peer.SshMux },
    };

    protected ServerFixture Server => server;

    /// <summary>What is typed before goes to the local terminal, as with any program.</summary>
    private protected static async Task WaitUntilRawAsync(TestTerminal terminal)
    {
        var deadline = Environment.TickCount64 + 30_000;
        while (await terminal.EchoesAsync())
        {
            Assert.True(Environment.TickCount64 < deadline, $"the terminal does not become raw: {terminal.Output}");
        }
    }

    private protected async Task<TestTerminal> StartAsync(Peer? master, Peer client, params string[] more)
    {
        var (program, arguments) = await CommandAsync(master, client, more);
        return TestTerminal.Start(program, arguments);
    }

    private protected async Task<(string Program, string[] Arguments)> CommandAsync(
        Peer? master, Peer client, params string[] more)
    {
        var arguments = master is { } peer
            ? (await server.MasterAsync(peer)).ClientArguments(more)
            : ["-F", server.Sshd.SshConfig, .. more];
        return (TestMaster.ProgramOf(client), arguments);
    }
}
