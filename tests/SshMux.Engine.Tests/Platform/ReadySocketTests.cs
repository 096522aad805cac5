using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Tests.Platform;

public sealed class ReadySocketTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ReadySocket _socket;
    private readonly DescriptorHandle _peer;

    public ReadySocketTests()
    {
        var (here, there) = DescriptorPair.CreateSocket();
        _socket = new ReadySocket(here);
        _peer = there;
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _socket.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public async Task A_socket_that_cannot_be_waited_for_fails_whoever_waits()
    {
        var reading = _socket.ReceiveAsync(new byte[1], Stop).AsTask();
        ((IReadinessHandler)_socket).OnFailed(new SshException(SshError.NotSupported, "no more"));
        var failure = await Assert.ThrowsAsync<IOException>(() => reading.WaitAsync(Patience, Stop));
        Assert.IsType<SshException>(failure.InnerException);
        await Assert.ThrowsAsync<IOException>(() => _socket.SendAsync(new byte[1], Stop).AsTask());
    }

    [Fact]
    public async Task A_send_that_waits_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var sending = _socket.SendAsync(new byte[32 * 1024 * 1024], cancel.Token).AsTask();
        Assert.False(sending.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Patience, Stop));
    }

    [Fact]
    public async Task What_is_released_stays_open_and_can_be_waited_for_anew()
    {
        var socket = _socket.Release();
        _socket.Dispose();
        using var other = new ReadySocket(socket);
        var receiving = other.ReceiveAsync(new byte[2], Stop).AsTask();
        using (var writer = DescriptorWriter.Open(DescriptorHandle.Duplicate(_peer))) Assert.Equal(1, writer.Write([7]));
        Assert.Equal(1, await receiving.WaitAsync(Patience, Stop));
    }

    [Fact]
    public async Task A_wait_allocates_nothing()
    {
        _socket.ReceivesInline = true;
        using var writer = DescriptorWriter.Open(DescriptorHandle.Duplicate(_peer));
        var measuring = MeasureAsync(writer);
        writer.Write([7]); // from here on it runs on the readiness thread
        Assert.Equal(0, await measuring.WaitAsync(Patience, Stop));
    }

    private async Task<long> MeasureAsync(DescriptorWriter writer)
    {
        var buffer = new byte[1];
        await _socket.ReceiveAsync(buffer, CancellationToken.None).ConfigureAwait(false);
        var least = long.MaxValue;
        var atStart = 0L;
        for (var i = 0; i < 10_000; i++)
        {
            // Others use the thread, too, so what counts is the least of many short stretches.
            if (i % 20 == 0)
            {
                var now = GC.GetAllocatedBytesForCurrentThread();
                if (i > 2000) least = Math.Min(least, now - atStart);
                atStart = now;
            }

            var receiving = _socket.ReceiveAsync(buffer, CancellationToken.None);
            writer.Write([7]);
            await receiving.ConfigureAwait(false);
        }

        return least;
    }
}
