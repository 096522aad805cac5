using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>
/// no-more-sessions@openssh.com: who tells the server that there will be no further session, as ssh(1) does.
/// </summary>
public sealed class NoMoreSessionsTests(NoMoreSessionsTests.Server server) : IClassFixture<NoMoreSessionsTests.Server>
{
    private const string Request = "rtype no-more-sessions@openssh.com want_reply 0";

    [Fact]
    public async Task A_connection_for_one_command_allows_no_further_session()
    {
        Assert.Equal(1, await CountAsync(0, "x", "true"));
        Assert.Equal(1, await CountAsync(0, "-W", $"127.0.0.1:{server.Sshd.Port}", "x"));
        Assert.Equal(1, await CountAsync(0, "-f", "-N", "-o", "LocalCommand=true", "x"));
    }

    [Fact]
    public async Task A_master_allows_them()
    {
        using var folder = new TestFolder();
        var path = folder.File("m");
        Assert.Equal(0, await CountAsync(0, "-M", "-S", path, "x", "true"));
        Assert.Equal(0, await CountAsync(0, "-f", "-N", "-M", "-S", path, "x"));
        Assert.Equal(0, await CountAsync(7, "-S", path, "x", "exit 7"));
        await SshMuxProgram.RunAsync("-F", "none", "-S", path, "-O", "exit", "x");
        await Wait.UntilAsync(() => !File.Exists(path), "the master is gone");
    }

    [Fact]
    public async Task A_jump_host_only_connects_on()
    {
        await using var target = await TestSshd.StartAsync();
        using var folder = new TestFolder();
        var config = folder.Write("config", $"""
            Host far
              HostKeyAlias far
              Port {target.Port}
              ProxyJump near
              UserKnownHostsFile {folder.File("known_hosts")}
              StrictHostKeyChecking accept-new
            Match host far
              HostName 127.0.0.1
            {await File.ReadAllTextAsync(server.Sshd.SshConfig)}
            """);
        var before = server.Sshd.Log.Length;
        var result = await SshMuxProgram.RunAsync("-F", config, "far", "exit 3");
        Assert.True(result.ExitCode == 3, result.ErrorOutput);
        Assert.Contains(Request, server.Sshd.Log[before..], StringComparison.Ordinal);
    }

    private async Task<int> CountAsync(int status, params string[] arguments)
    {
        var before = server.Sshd.Log.Length;
        var result = await SshMuxProgram.RunAsync(["-F", server.Sshd.SshConfig, .. arguments]);
        Assert.True(result.ExitCode == status, result.ErrorOutput);
        return server.Sshd.Log[before..].Split(Request).Length - 1;
    }

    /// <summary>A server that tells what it is asked.</summary>
    public sealed class Server : IAsyncLifetime
    {
        internal TestSshd Sshd { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Sshd = await TestSshd.StartAsync("LogLevel DEBUG1");

        public ValueTask DisposeAsync() => Sshd.DisposeAsync();
    }
}
