using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>What -v says of a login: ssh(1)'s own words, for those who look for them.</summary>
public sealed class LoginMessageTests : IAsyncLifetime
{
    private TestSshd _sshd = null!;

    public async ValueTask InitializeAsync() => _sshd = await TestSshd.StartAsync();

    public async ValueTask DisposeAsync() => await _sshd.DisposeAsync();

    [Theory]
    [InlineData("-v")]
    [InlineData("-oLogLevel=verbose")]
    public async Task Verbose_logins_say_where_and_by_which_method_like_ssh(string option)
    {
        var expected = $"Authenticated to 127.0.0.1 ([127.0.0.1]:{_sshd.Port}) using \"publickey\".";
        foreach (var program in (string[])["ssh", SshMuxProgram.Path])
        {
            Assert.Contains(expected, await ErrorsOfAsync(program, option), StringComparer.Ordinal);
        }
    }

    [Fact]
    public async Task A_login_through_a_program_has_no_address()
    {
        string[] proxy = ["-v", "-o", $"ProxyCommand=nc 127.0.0.1 {_sshd.Port}"];
        foreach (var program in (string[])["ssh", SshMuxProgram.Path])
        {
            Assert.Contains(
                "Authenticated to 127.0.0.1 (via proxy) using \"publickey\".",
                await ErrorsOfAsync(program, proxy),
                StringComparer.Ordinal);
        }
    }

    [Fact]
    public async Task Other_logins_say_nothing() => Assert.Equal([""], await ErrorsOfAsync(SshMuxProgram.Path));

    private async Task<string[]> ErrorsOfAsync(string program, params string[] options)
    {
        var result = await ProcessResult.RunAsync(program, ["-F", _sshd.SshConfig, .. options, "x", "true"]);
        Assert.Equal(0, result.ExitCode);
        return result.ErrorOutput.Split(["\r\n", "\n"], StringSplitOptions.None);
    }
}
