using Mono.Unix.Native;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>Sessions with a terminal: its modes and size come from the passed standard input.</summary>
public sealed class MuxMasterTerminalTests(MuxSshd server) : IClassFixture<MuxSshd>, IDisposable
{
    private readonly DescriptorHandle[] _terminal = MakeTerminal();

    private DescriptorHandle Emulator => _terminal[0];

    private DescriptorHandle Local => _terminal[1];

    public void Dispose() => Array.ForEach(_terminal, descriptor => descriptor.Dispose());

    [Fact]
    public async Task The_remote_terminal_has_the_size_and_modes_of_the_local_one_and_follows_its_size()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var client = await RawClient.GreetAsync(master.Path);
        Descriptors.SetSize(Emulator, rows: 33, columns: 101);
        var script = "trap 'stty size; exit 5' WINCH; stty size; stty -a | grep -q -- ' -icanon' && echo raw; "
            + "echo $TERM; while :; do sleep 0.05; done";
        await client.Messages.SendAsync(RawClient.Session(1, script, tty: true), Local, Local, Local);
        Assert.IsType<MuxSessionOpened>(await client.ReceiveAsync());
        using var reader = new StreamReader(new DescriptorStream(Emulator));
        Assert.Equal("33 101", await reader.ReadLineAsync());
        Assert.Equal("raw", await reader.ReadLineAsync());
        Assert.Equal("xterm", await reader.ReadLineAsync());

        // As a client does: its terminal has changed, and it tells the master's process.
        Descriptors.SetSize(Emulator, rows: 44, columns: 122);
        Assert.Equal(0, Syscall.kill(Environment.ProcessId, Signum.SIGWINCH));
        Assert.Equal("44 122", await reader.ReadLineAsync());
        Assert.Equal(5u, Assert.IsType<MuxExitMessage>(await client.ReceiveAsync()).ExitValue);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_refused_terminal_is_told_before_the_exit_and_the_command_still_runs()
    {
        await using var sshd = await MuxSshd.StartAsync("PermitTTY no");
        await using var master = await OurMaster.StartAsync(sshd);
        using var client = await RawClient.GreetAsync(master.Path);
        await client.Messages.SendAsync(RawClient.Session(1, "tty; read line; exit 6", tty: true), Local, Local, Local);
        var session = Assert.IsType<MuxSessionOpened>(await client.ReceiveAsync()).SessionId;
        Assert.Equal(new MuxTtyAllocationFailed(session), await client.ReceiveAsync());
        using var reader = new StreamReader(new DescriptorStream(Emulator));
        Assert.Equal(
            ["PTY allocation request failed", "not a tty"],
            new[] { (await reader.ReadLineAsync())?.Trim(), (await reader.ReadLineAsync())?.Trim() }.Order());
        Descriptors.Write(Emulator, "\n"u8);
        Assert.Equal(new MuxExitMessage(session, 6), await client.ReceiveAsync());
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_real_ssh_gets_its_terminal()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        using var folder = new TestFolder();
        var command = $"ssh {string.Join(' ', master.SshOptions)} -t x 'tty && stty size && exit 9'; echo status $?";
        var result = await ProcessResult.RunAsync("script", ["-qec", command, "/dev/null"]);

        // script(1) types ^@ at the end of its own input, whenever that is. What comes before ssh has made the terminal raw
        // gets one more carriage return.
        Assert.Matches(
            "/dev/pts/[0-9]+\r+\n[0-9]+ [0-9]+\r+\nShared connection to x closed.\r+\nstatus 9",
            result.Output.Replace("^@", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_terminal_that_is_none_gets_no_size()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        var result = await master.SshAsync("-tt", "x", "stty size");
        Assert.Equal((0, "0 0\r\n"), (result.ExitCode, result.Output));
    }

    private static DescriptorHandle[] MakeTerminal()
    {
        var (master, slave) = Descriptors.CreateTerminal();
        return [master, slave];
    }

    /// <summary>Reads a descriptor on the thread pool, as a stream.</summary>
    private sealed class DescriptorStream(DescriptorHandle descriptor) : Engine.Platform.Descriptors.UnseekableStream
    {
        public override bool CanRead => true;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await Task.Run(() => Descriptors.Read(descriptor, buffer.Span), CancellationToken.None)
                .WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
    }
}
