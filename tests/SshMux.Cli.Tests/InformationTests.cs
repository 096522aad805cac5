using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;

namespace SshMux.Cli.Tests;

/// <summary>
/// <c>-O conninfo</c> and <c>-O channels</c>. OpenSSH has them from 10.3 on: such a program is tested with where there
/// is one (<see cref="NewerOpenSsh"/>).
/// </summary>
public class InformationTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    public static TheoryData<Peer, Peer> Pairs => new()
    {
        { Peer.SshMux, Peer.SshMux },
        { Peer.SshMux, Peer.NewOpenSsh },
        { Peer.NewOpenSsh, Peer.SshMux },
        { Peer.NewOpenSsh, Peer.NewOpenSsh },
    };

    [Theory, MemberData(nameof(Pairs))]
    public async Task The_connection_is_described(Peer master, Peer client)
    {
        SkipIfMissing(master, client);
        await using var shared = await TestMaster.StartAsync(master, server.Sshd);
        var result = await shared.RunClientAsync(client, "-O", "conninfo", "x");
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.Matches(
            $"""^Connection information for {Environment.MachineName} pid {shared.Process.Id}\r\n"""
            + """  versions (OpenSSH|SshMux)_[^\r]+ -> OpenSSH_[^\r]+\r\n"""
            + $"""  tcp 127.0.0.1:[0-9]+ -> 127.0.0.1:{server.Sshd.Port}\r\n"""
            + """  duration [0-9:]+\r\n"""
            + """  kexalgorithm [^ ]+\r\n  hostkeyalgorithm [^ ]+\r\n  cipher [^ ]+\r\n  mac [^ ]+\r\n"""
            + """  compression none\r\n  rekey limit (none|blocks [0-9]+) interval none\r\n"""
            + """  traffic [0-9]+ pkts [0-9]+ blks [0-9.]+[BK]B in, [0-9]+ pkts [0-9]+ blks [0-9.]+[BK]B out\r\n$""",
            result.Output);
    }

    [Theory]
    [InlineData(Peer.SshMux)]
    [InlineData(Peer.NewOpenSsh)]
    public async Task Compression_is_described_with_what_it_saves(Peer master)
    {
        SkipIfMissing(master, master);
        await using var shared = await TestMaster.StartAsync(master, server.Sshd, "-C");
        var result = await shared.RunClientAsync(Peer.SshMux, "-O", "conninfo", "x");
        Assert.Contains("\r\n  compression zlib@openssh.com\r\n", result.Output, StringComparison.Ordinal);
        Assert.Matches(
            """ out\r\n    compressed [0-9.]+[BK]/[0-9.]+[BK] \(\*[0-9]\.[0-9]{3}\) in, """
            + """[0-9.]+[BK]/[0-9.]+[BK] \(\*[0-9]\.[0-9]{3}\) out\r\n$""",
            result.Output);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task The_channels_are_listed(Peer master, Peer client)
    {
        SkipIfMissing(master, client);
        await using var shared = await TestMaster.StartAsync(master, server.Sshd);
        await using var terminal = TestTerminal.Start(
            TestMaster.ProgramOf(Peer.OpenSsh), shared.ClientArguments("-t", "x", "echo u''p; exec sleep 1000"));
        await terminal.WaitForAsync("up");
        var result = await shared.RunClientAsync(client, "-O", "channels", "x");
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorOutput));
        Assert.StartsWith("The following connections are open:\r\n", result.Output, StringComparison.Ordinal);
        var (kind, flags) = master == Peer.NewOpenSsh ? ("session:[a-z]+", "[A-Z]+") : ("session", "RTI");
        Assert.Matches(
            $"""\r\n  #[0-9]+ client-session \(t4 \[{kind}\] r0 nm0 i0/0 o0/0 e\[write\]/[0-9] """
            + $"""fd [0-9]+/[0-9]+/[0-9]+ sock -1 cc -?[0-9]+ nc0 io 0x0[0-9]/0x0[0-9] {flags}\)\r\n""",
            result.Output);
    }

    [Theory]
    [InlineData("conninfo")]
    [InlineData("channels")]
    public async Task A_master_that_cannot_be_asked_is_named(string operation)
    {
        await using var shared = await TestMaster.StartAsync(Peer.OpenSsh, server.Sshd);
        var result = await shared.RunClientAsync(Peer.SshMux, "-O", operation, "x");
        Assert.SkipWhen(result.ExitCode == 0, "the system's ssh has the extension");
        Assert.Equal(
            new ProcessResult(
                255,
                "",
                $"sshmux: the master at {shared.ControlPath} does not support info requests "
                + "(ssh does from OpenSSH 10.3 on)\n"),
            result);
        Assert.Equal(0, (await shared.RunClientAsync(Peer.SshMux, "-O", "check", "x")).ExitCode);
    }

    private static void SkipIfMissing(Peer master, Peer client) => Assert.SkipWhen(
        Peer.NewOpenSsh is var peer && (master == peer || client == peer) && !NewerOpenSsh.IsThere,
        NewerOpenSsh.Missing);
}
