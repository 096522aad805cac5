using System.Net.Sockets;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>Connections that a program carries on Windows, and how they end.</summary>
public sealed class ProxyCommandStreamWindowsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public ProxyCommandStreamWindowsTests() => OnlyOn.Windows();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_carries_the_connection_and_its_end_both_ways()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var stream = ProxyCommandStream.Start(OwnProgram.ForCmd(OwnProgram.Connect(port)), quiet: false);
        using var peer = await listener.AcceptTcpClientAsync(Stop).AsTask().WaitAsync(Patience, Stop);
        await using var network = peer.GetStream();
        var sent = new byte[300_000];
        new Random(1).NextBytes(sent);
        var writing = stream.WriteAsync(sent, Stop).AsTask();
        var received = new byte[sent.Length];
        await network.ReadExactlyAsync(received, Stop);
        Assert.Equal(sent, received);
        await writing;
        writing = network.WriteAsync(sent, Stop).AsTask();
        await stream.ReadExactlyAsync(received, Stop);
        Assert.Equal(sent, received);
        await writing;

        // What was sent last is not lost with the program.
        await stream.WriteAsync("goodbye"u8.ToArray(), Stop);
        await stream.DisposeAsync();
        await network.ReadExactlyAsync(received.AsMemory(0, 7), Stop);
        Assert.Equal("goodbye"u8, received.AsSpan(0, 7));
        Assert.Equal(0, await network.ReadAsync(received, Stop));
    }

    [Theory]
    [InlineData("exit 3", "ended with status 3 before the server said anything")]
    [InlineData("no-such-program -x", "ended with status (1|9009) before the server said anything")] // Wine's is 9009
    public async Task A_command_that_gives_nothing_is_named_with_the_way_it_ended(string command, string how)
    {
        await using var stream = ProxyCommandStream.Start(command, quiet: true);
        var error = await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(new byte[1], Stop).AsTask());
        var reason = Assert.IsType<SshException>(error.InnerException);
        Assert.Equal(SshError.ConnectionFailed, reason.Error);
        Assert.Matches($"^the ProxyCommand '{command}' {how}$", reason.Message);
    }

    [Fact]
    public async Task Disposing_ends_whoever_waits_and_a_command_that_stays()
    {
        var stream = ProxyCommandStream.Start(OwnProgram.ForCmd(OwnProgram.Stay), quiet: true);
        Assert.True(await stream.ReadAsync(new byte[100], Stop) > 0);
        var reading = stream.ReadAsync(new byte[1], Stop).AsTask();
        await stream.DisposeAsync();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => reading.WaitAsync(Patience, Stop));
        Assert.True(error is IOException or ObjectDisposedException, error.ToString());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.WriteAsync(new byte[1], Stop).AsTask());
    }

    [Fact]
    public async Task A_connection_cannot_be_passed()
    {
        var error = await Assert.ThrowsAsync<SshException>(
            () => FdpassProxyCommand.ConnectAsync("nc -F host 22", quiet: true, Stop));
        Assert.Equal(SshError.NotSupported, error.Error);
        Assert.Contains("ProxyUseFdpass", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<SshException>(ProxyCommandStream.OverStandardStreams);
        Assert.Equal(SshError.NotSupported, error.Error);
    }
}
