using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Configuration;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

/// <summary>KnownHostsCommand on Windows.</summary>
public sealed class HostKeyCommandWindowsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public HostKeyCommandWindowsTests() => OnlyOn.Windows();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Cmd => Path.Combine(Environment.SystemDirectory, "cmd.exe");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_program_is_started_without_a_shell_and_its_tokens_are_expanded()
    {
        Assert.Equal("ORDER [h]:2022 NONE\r\n", await RunAsync($"{Cmd} /d /c echo %I %H %t"));
        var program = _folder.File("a program.exe");
        File.Copy(Cmd, program);
        Assert.Equal("u\r\n", await RunAsync($"\"{program}\" /d /c echo %r"));
        Assert.Equal("u\r\n", await RunAsync($"\"{program.Replace('\\', '/')}\" /d /c echo %r"));
        var batch = _folder.Write("keys.cmd", "@echo %~1 %~2\r\n");
        Assert.Equal("[h]:2022 u\r\n", await RunAsync($"{batch} %H %r"));
    }

    [Fact]
    public async Task What_fails_is_said()
    {
        foreach (var (command, why) in new[]
        {
            ($"{Cmd} /d /c exit 3", "status 3"), ("cmd /c echo x", "absolute path"), ("/usr/bin/x", "absolute path"),
            (@"\windows\x.exe", "absolute path"), (@"C:\no\such.exe", "cannot run"),
        })
        {
            var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(command));
            Assert.Equal(SshError.ConfigurationInvalid, error.Error);
            Assert.Contains("KnownHostsCommand", error.Message, StringComparison.Ordinal);
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
        }
    }

    private static Task<string> RunAsync(string command) => HostKeyCommand.RunAsync(
        command, new ConnectionTokens("n", "h", 2022, "u"), "ORDER", "[h]:2022", null, FingerprintHash.Sha256, Stop);
}
