using System.Globalization;
using System.Text.RegularExpressions;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>
/// ObscureKeystrokeTiming: what a master sends for the terminal of a client. The server must know pings, as OpenSSH's
/// does since 9.5.
/// </summary>
public class KeystrokeTests
{
    [Theory]
    [InlineData("yes", true)]
    [InlineData("interval:40", true)]
    [InlineData("no", false)]
    public async Task A_master_hides_the_keys_of_its_clients_unless_it_must_not(string setting, bool hides)
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        await using var sshd = await NewerOpenSsh.StartSshdAsync();
        await using var shared = await TestMaster.StartAsync(
            Peer.SshMux, sshd, "-o", $"ObscureKeystrokeTiming={setting}");
        await using var terminal = TestTerminal.Start(
            TestMaster.ProgramOf(Peer.OpenSsh), shared.ClientArguments("-t", "x", "stty -echo; echo u''p; exec cat"));
        await terminal.WaitForAsync("up");
        var before = await PacketsOutAsync(shared);
        terminal.Type("k\r");
        await terminal.WaitForAsync("k");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        var sent = await PacketsOutAsync(shared) - before;

        // A second of chaff at the least; without it, the key and what the window needs.
        if (hides) Assert.InRange(sent, 15, 120);
        else Assert.InRange(sent, 1, 4);
    }

    [Fact]
    public async Task A_command_beside_the_terminal_is_not_held_up()
    {
        Assert.SkipUnless(NewerOpenSsh.IsThere, NewerOpenSsh.Missing);
        await using var sshd = await NewerOpenSsh.StartSshdAsync();
        await using var shared = await TestMaster.StartAsync(
            Peer.SshMux, sshd, "-o", "ObscureKeystrokeTiming=interval:1000");
        await using var terminal = TestTerminal.Start(
            TestMaster.ProgramOf(Peer.OpenSsh), shared.ClientArguments("-t", "x", "stty -echo; echo u''p; exec cat"));
        await terminal.WaitForAsync("up");
        await using var other = TestTerminal.Start(
            TestMaster.ProgramOf(Peer.OpenSsh), shared.ClientArguments("-T", "x", "echo o''n; exec cat"));
        await other.WaitForAsync("on");
        var before = await PacketsOutAsync(shared);
        terminal.Type("k\r");
        await terminal.WaitForAsync("k");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.InRange(await PacketsOutAsync(shared) - before, 1, 4);
    }

    private static async Task<int> PacketsOutAsync(TestMaster master)
    {
        var told = await master.RunClientAsync(Peer.SshMux, "-O", "conninfo", "x");
        var match = Regex.Match(told.Output, "traffic .* in, ([0-9]+) pkts");
        Assert.True(match.Success, told.ToString());
        return int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
