namespace SshMux.Engine.Tests.Support;

public class TestSshdTests
{
    [Fact]
    public async Task The_systems_ssh_logs_in()
    {
        await using var sshd = await TestSshd.StartAsync();
        var result = await ProcessResult.RunAsync("ssh", ["-F", sshd.SshConfig, "x", "echo hi; exit 7"]);
        Assert.Equal((7, "hi\n"), (result.ExitCode, result.Output));
    }
}
