using System.Diagnostics;
using System.Net.Sockets;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>A real ssh-agent of its own, stopped when disposed.</summary>
internal sealed class TestAgent : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly Process _process;

    private TestAgent((string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("ssh-agent", ["-D", "-a", Socket])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
    }

    public string Socket => _folder.File("agent");

    public static async Task<TestAgent> StartAsync(params string[] keys)
    {
        var agent = await StartWithAsync();
        foreach (var key in keys) await agent.AddAsync(key);
        return agent;
    }

    /// <summary>Starts an empty one, with variables for it and its helpers.</summary>
    public static async Task<TestAgent> StartWithAsync(params (string Name, string Value)[] environment)
    {
        var agent = new TestAgent(environment);
        for (var tries = 0; !agent.Listens() && tries < 3000; tries++) await Task.Delay(10);
        return agent;
    }

    public Task AddAsync(params string[] arguments) => AddWithAsync([], arguments);

    /// <summary>Runs ssh-add with variables, as NAME=VALUE.</summary>
    public async Task AddWithAsync(string[] variables, params string[] arguments)
    {
        // ssh-add takes the socket from its environment only.
        var result = await ProcessResult.RunAsync(
            "env", [$"SSH_AUTH_SOCK={Socket}", .. variables, "ssh-add", "-q", .. arguments]);
        Assert.True(result.ExitCode == 0, result.ErrorOutput);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Dispose();
    }

    // The socket has its name a moment before it takes connections.
    private bool Listens()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
