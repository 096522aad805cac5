using System.Text;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>Connections that a program carries, and how they end.</summary>
public class ProxyCommandStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_goes_through_the_command_and_back()
    {
        await using var stream = ProxyCommandStream.Start("cat", quiet: true);
        Assert.True(stream.CanRead && stream.CanWrite);
        await stream.WriteAsync("there and back"u8.ToArray(), Stop);
        var buffer = new byte[100];
        Assert.Equal(14, await stream.ReadAsync(buffer, Stop));
        Assert.Equal("there and back"u8, buffer.AsSpan(0, 14));
    }

    [Fact]
    public async Task What_a_quiet_command_complains_of_is_dropped()
    {
        await using var stream = ProxyCommandStream.Start("sh -c 'readlink /proc/self/fd/2; cat'", quiet: true);
        var buffer = new byte[100];
        var count = await stream.ReadAsync(buffer, Stop);
        Assert.Equal("/dev/null\n", Encoding.ASCII.GetString(buffer, 0, count));
    }

    [Theory]
    [InlineData("sh -c 'exit 3'", "ended with status 3 before the server said anything")]
    [InlineData("sh -c 'kill -KILL $$'", "was killed by signal 9 before the server said anything")]
    [InlineData("sh -c 'exec >&-; cat >/dev/null'", "closed its output before the server said anything")]
    public async Task A_command_that_gives_nothing_is_named_with_the_way_it_ended(string command, string how)
    {
        await using var stream = ProxyCommandStream.Start(command, quiet: true);
        var error = await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(new byte[1], Stop).AsTask());
        var reason = Assert.IsType<SshException>(error.InnerException);
        Assert.Equal(SshError.ConnectionFailed, reason.Error);
        Assert.Equal($"the ProxyCommand '{command}' {how}", reason.Message);
    }

    [Fact]
    public async Task A_command_that_ends_later_has_lost_the_connection()
    {
        await using var stream = ProxyCommandStream.Start("echo hi", quiet: true);
        var buffer = new byte[10];
        Assert.Equal(3, await stream.ReadAsync(buffer, Stop));
        var error = await Assert.ThrowsAsync<IOException>(() => stream.ReadAsync(buffer, Stop).AsTask());
        var reason = Assert.IsType<SshException>(error.InnerException);
        Assert.Equal(SshError.ConnectionLost, reason.Error);
        Assert.Equal("the ProxyCommand 'echo hi' ended with status 0", reason.Message);
    }

    [Fact]
    public async Task A_command_that_reads_no_more_fails_the_writer()
    {
        await using var stream = ProxyCommandStream.Start("sh -c 'exec <&-; echo closed; exec cat /dev/null'", quiet: true);
        Assert.Equal(7, await stream.ReadAsync(new byte[10], Stop));
        var error = await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync(new byte[1], Stop).AsTask());
        Assert.EndsWith("reads no more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_and_a_write_can_be_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        await using var stream = ProxyCommandStream.Start("sh -c 'read line; cat'", quiet: true);
        var reading = stream.ReadAsync(new byte[1], cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await stream.WriteAsync("go\nx"u8.ToArray(), Stop);
        Assert.Equal(1, await stream.ReadAsync(new byte[1], Stop));
    }

    [Fact]
    public async Task Disposing_ends_whoever_waits_and_the_command()
    {
        using var folder = new TestFolder();
        var ended = folder.File("ended");
        var stream = ProxyCommandStream.Start($"sh -c 'cat; echo > {ended}'", quiet: true);
        var reading = stream.ReadAsync(new byte[1], Stop).AsTask();
        await stream.DisposeAsync();
        Assert.True(File.Exists(ended)); // it was let end, when its input had
        var error = await Assert.ThrowsAnyAsync<Exception>(() => reading.WaitAsync(Patience, Stop));
        Assert.True(error is IOException or ObjectDisposedException, error.ToString());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.WriteAsync(new byte[1], Stop).AsTask());
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task Disposing_at_once_does_not_wait()
    {
        // The end of its input ends it, in case whoever runs the tests has it ignore SIGHUP.
        var stream = ProxyCommandStream.Start("cat", quiet: true);
        var reading = stream.ReadAsync(new byte[1], Stop).AsTask();
        stream.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(Patience, Stop));
        stream.Dispose();
    }
}
