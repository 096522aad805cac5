using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>Questions on the terminal.</summary>
public sealed class PromptTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private const string Passphrase = "open sesame";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_passphrase_is_asked_for_again_after_a_wrong_one_and_never_shown()
    {
        await using var terminal = TestTerminal.Start(
            SshMuxProgram.Path, "-F", await LockedKeyConfigAsync(), "x", "echo hi; exit 3");
        await terminal.WaitForAsync("Enter passphrase for key");
        Assert.False(await terminal.EchoesAsync());
        terminal.Type("wrong\r");
        await terminal.WaitForAsync("Enter passphrase for key", times: 2);
        terminal.Type($"{Passphrase}\r");
        await terminal.WaitForAsync("hi\r\n");
        Assert.Equal(3, await terminal.WaitForExitAsync());
        Assert.DoesNotContain(Passphrase, terminal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", terminal.Output, StringComparison.Ordinal);
        Assert.True(await terminal.EchoesAsync());
    }

    [Fact]
    public async Task The_answer_is_not_taken_from_standard_input()
    {
        var config = await LockedKeyConfigAsync();
        await using var terminal = TestTerminal.Start(
            "sh", "-c", "echo data | \"$@\"", "sh", SshMuxProgram.Path, "-F", config, "x", "cat");
        await terminal.WaitForAsync("Enter passphrase for key");
        terminal.Type($"{Passphrase}\r");
        await terminal.WaitForAsync("data");
        Assert.Equal(0, await terminal.WaitForExitAsync());
    }

    [Fact]
    public async Task Ctrl_C_at_the_question_ends_it_and_restores_the_terminal()
    {
        await using var terminal = TestTerminal.Start(
            SshMuxProgram.Path, "-F", await LockedKeyConfigAsync(), "x", "true");
        await terminal.WaitForAsync("Enter passphrase for key");
        terminal.Type("half\x03");
        Assert.Equal(130, await terminal.WaitForExitAsync());
        Assert.True(await terminal.EchoesAsync());
    }

    [Fact]
    public async Task Nothing_is_asked_in_batch_mode()
    {
        await using var terminal = TestTerminal.Start(
            SshMuxProgram.Path, "-F", await LockedKeyConfigAsync(), "-o", "BatchMode=yes", "x", "true");
        Assert.Equal(255, await terminal.WaitForExitAsync());
        Assert.DoesNotContain("Enter passphrase", terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_asks_before_it_goes_to_the_background()
    {
        var path = _folder.File("m");
        await using var terminal = TestTerminal.Start(
            SshMuxProgram.Path, "-F", await LockedKeyConfigAsync(), "-f", "-N", "-M", "-S", path, "x");
        await terminal.WaitForAsync("Enter passphrase for key");
        terminal.Type($"{Passphrase}\r");
        Assert.Equal(0, await terminal.WaitForExitAsync());
        var check = await SshMuxProgram.RunAsync("-F", "none", "-S", path, "-O", "exit", "x");
        Assert.Equal(new ProcessResult(0, "", "Exit request sent.\r\n"), check);
        await Wait.UntilAsync(() => !File.Exists(path), "the master is gone");
    }

    [Theory]
    [InlineData("yes", 0)]
    [InlineData("no", 255)]
    [InlineData("fingerprint", 0)]
    public async Task A_new_host_key_is_accepted_or_not(string answer, int status)
    {
        var knownHosts = _folder.File("known_hosts");
        if (answer == "fingerprint") answer = await FingerprintAsync();
        await using var terminal = TestTerminal.Start(
            SshMuxProgram.Path, "-F", server.Sshd.SshConfig, "-o", $"UserKnownHostsFile={knownHosts}",
            "-o", "StrictHostKeyChecking=ask", "x", "true");
        await terminal.WaitForAsync("(yes/no/[fingerprint])? ");
        terminal.Type("what?\r");
        await terminal.WaitForAsync("Please type 'yes', 'no' or the fingerprint: ");
        terminal.Type($"{answer}\r");
        Assert.Equal(status, await terminal.WaitForExitAsync());
        Assert.Equal(status == 0, File.Exists(knownHosts));
    }

    private async Task<string> FingerprintAsync()
    {
        var key = server.Sshd.Folder.File("host_ed25519.pub");
        var result = await ProcessResult.RunAsync("ssh-keygen", ["-l", "-f", key]);
        return result.Output.Split(' ')[1];
    }

    private async Task<string> LockedKeyConfigAsync()
    {
        var key = _folder.File("locked");
        await TestSshd.KeygenAsync(key, "ed25519", Passphrase);

        // Other tests log in meanwhile, with the key that stays.
        await File.AppendAllTextAsync(server.Sshd.AuthorizedKeys, await File.ReadAllTextAsync($"{key}.pub"));
        var config = await File.ReadAllTextAsync(server.Sshd.SshConfig);
        return _folder.Write("config", config.Replace(server.Sshd.UserKey, key, StringComparison.Ordinal));
    }
}
