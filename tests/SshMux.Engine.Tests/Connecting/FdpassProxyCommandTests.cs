using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using SshMux.Engine.Connecting;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>
/// ProxyUseFdpass: what a command passes, right or wrong. The test itself passes it, over the command's standard output.
/// </summary>
public sealed class FdpassProxyCommandTests : IDisposable
{
    private const int PidFdOpen = 434;
    private const int PidFdGetFd = 438;

    private readonly TestFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Says who it is, and ends with its input.</summary>
    private string Command =>
        $"sh -c 'echo $$ > {_folder.File("new")}; mv {_folder.File("new")} {_folder.File("pid")}; cat'";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_is_passed_is_used(bool quiet)
    {
        var connecting = FdpassProxyCommand.ConnectAsync(Command, quiet, Stop);
        var (passed, peer) = DescriptorPair.CreateSockets();
        using (peer)
        {
            using (passed) await PassAsync(passed);
            await using var stream = await connecting;
            await stream.WriteAsync("there"u8.ToArray(), Stop);
            Assert.Equal("there"u8.ToArray(), Descriptors.ReadExactly(peer, 5));
            Descriptors.Write(peer, "back"u8);
            Assert.Equal(4, await stream.ReadAsync(new byte[10], Stop));
        }
    }

    [Theory]
    [InlineData("a file")]
    [InlineData("a socket that nobody is at the other end of")]
    [InlineData("a socket of datagrams")]
    public async Task What_is_no_connected_stream_socket_is_refused_and_closed(string what)
    {
        var connecting = FdpassProxyCommand.ConnectAsync(Command, quiet: true, Stop);
        var kind = what == "a socket of datagrams" ? SocketType.Dgram : SocketType.Stream;
        using var socket = new Socket(AddressFamily.InterNetwork, kind, ProtocolType.Unspecified);
        using var file = DescriptorHandle.Open(_folder.Write("file", ""), FileAccess.ReadWrite);
        using var passed = DescriptorHandle.Duplicate(what == "a file" ? (SafeHandle)file : socket.SafeHandle);
        var target = Descriptors.TargetOf(passed);
        await PassAsync(passed);
        var error = await Assert.ThrowsAsync<SshException>(() => connecting);
        Assert.Equal(SshError.ConnectionFailed, error.Error);
        Assert.Contains("something that is no connected stream socket", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, Descriptors.CountOf(target)); // the test's own
    }

    [Theory]
    [InlineData("true", " and ended with status 0")]
    [InlineData("sh -c 'echo x; exit 3'", " and ended with status 3")]
    [InlineData("sh -c 'exec >&-; exec <&-; read line 2>&-; exit 4'", " and ended with status 4")]
    public async Task A_command_that_passes_nothing_is_named_with_the_way_it_ended(string command, string how)
    {
        var error = await Assert.ThrowsAsync<SshException>(
            () => FdpassProxyCommand.ConnectAsync(command, quiet: true, Stop));
        Assert.Equal(SshError.ConnectionFailed, error.Error);
        Assert.Equal(
            $"the ProxyCommand '{command}' passed no connection back (ProxyUseFdpass){how}", error.Message);
    }

    [Fact]
    public async Task Who_gives_up_waits_no_longer()
    {
        using var cancelled = new CancellationTokenSource();
        var connecting = FdpassProxyCommand.ConnectAsync("cat", quiet: true, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    /// <summary>Passes a descriptor over the standard output of the command, which is taken from it for that.</summary>
    private async Task PassAsync(DescriptorHandle descriptor)
    {
        var file = _folder.File("pid");
        await Eventually.TrueAsync(() => File.Exists(file), "the command runs");
        var process = int.Parse(await File.ReadAllTextAsync(file, Stop), CultureInfo.InvariantCulture);
        using var handle = new DescriptorHandle((int)LibC.SystemCall(PidFdOpen, process, 0));
        var number = (int)LibC.SystemCall(PidFdGetFd, handle.Number, 1, 0, 0);
        if (number < 0) Assert.Skip($"the system does not let its descriptor be taken: {SystemError.Last}");
        using var output = new ReadySocket(new Socket(new SafeSocketHandle(number, ownsHandle: true)));
        await DescriptorPassing.SendAsync(output, descriptor, Stop);
    }
}
