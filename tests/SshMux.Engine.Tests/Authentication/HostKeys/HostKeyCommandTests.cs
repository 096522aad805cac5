using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Configuration;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

public sealed class HostKeyCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/bin/x", "/bin/x")]
    [InlineData("  /bin/x\ta  b ", "/bin/x|a|b")]
    [InlineData("/bin/x 'a b' \"c 'd\" e\\ f", "/bin/x|a b|c 'd|e f")]
    [InlineData("/bin/x a'b c'd \\' \\\" \\\\ \\n", "/bin/x|ab cd|'|\"|\\|\\n")]
    [InlineData("/bin/x ''", "/bin/x|")]
    [InlineData("", "")]
    public void Words_are_split_as_OpenSSH_does(string command, string words) =>
        Assert.Equal(words, string.Join('|', HostKeyCommand.Words(command)));

    [Fact]
    public async Task Tokens_are_expanded_and_nothing_is_read_from_our_input()
    {
        OnlyOn.Unix();
        var program = Script("echo \"$@\"; cat");
        Assert.Equal(
            "ORDER [h]:2022 NONE NONE NONE h n 2022 u %\n",
            await RunAsync($"{program} %I %H %t %f %K %h %n %p %r %%"));
    }

    [Fact]
    public async Task What_fails_is_said()
    {
        OnlyOn.Unix();
        foreach (var (command, why) in new[]
        {
            (Script("exit 3"), "status 3"), ("relative x", "absolute path"), ("/no/such/program", "cannot run"),
            ("/bin/echo 'x", "a quote is not closed"), ("/bin/echo %q", "no token '%q'"),
            ("/usr/bin/yes", "prints more than"),
        })
        {
            var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(command));
            Assert.Equal(SshError.ConfigurationInvalid, error.Error);
            Assert.Contains("KnownHostsCommand", error.Message, StringComparison.Ordinal);
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_command_that_hangs_ends_with_the_attempt()
    {
        OnlyOn.Unix();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = HostKeyCommand.RunAsync(
            Script($"echo $$ > {_folder.File("pid")}; exec sleep 1000"), Tokens, "ORDER", "h", null, FingerprintHash.Sha256,
            cancel.Token);
        var id = "";
        await Eventually.TrueAsync(() => (id = ReadId()).EndsWith('\n'), "the command runs");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Eventually.TrueAsync(() => !Directory.Exists("/proc/" + id.Trim()), "the command has ended");

        // The shell makes the file before it writes to it.
        string ReadId() => File.Exists(_folder.File("pid")) ? File.ReadAllText(_folder.File("pid")) : "";
    }

    private static ConnectionTokens Tokens => new("n", "h", 2022, "u");

    private static Task<string> RunAsync(string command) =>
        HostKeyCommand.RunAsync(command, Tokens, "ORDER", "[h]:2022", null, FingerprintHash.Sha256, Token);

    private string Script(string text)
    {
        var file = _folder.Write(Path.GetRandomFileName(), "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }
}
