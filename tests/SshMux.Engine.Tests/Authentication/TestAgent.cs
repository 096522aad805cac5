using System.Diagnostics;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>A real ssh-agent of its own, stopped when disposed.</summary>
internal sealed class TestAgent : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly Process _process;

    private TestAgent() => _process = Process.Start(new ProcessStartInfo("ssh-agent", ["-D", "-a", Socket])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    public string Socket => _folder.File("agent");

    public static async Task<TestAgent> StartAsync(params string[] keys)
    {
        var agent = new TestAgent();
        for (var tries = 0; !File.Exists(agent.Socket) && tries < 3000; tries++) await Task.Delay(10);
        foreach (var key in keys) await agent.AddAsync(key);
        return agent;
    }

    public async Task AddAsync(params string[] arguments)
    {
        // ssh-add takes the socket from its environment only.
        var result = await ProcessResult.RunAsync("env", [$"SSH_AUTH_SOCK={Socket}", "ssh-add", "-q", .. arguments]);
        Assert.True(result.ExitCode == 0, result.ErrorOutput);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _folder.Dispose();
    }
}
