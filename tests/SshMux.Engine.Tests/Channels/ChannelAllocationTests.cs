using SshMux.Engine.Channels;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Channels;

/// <summary>Bulk data costs no managed memory on its way between the transport and what is behind a channel.</summary>
public sealed class ChannelAllocationTests : IAsyncDisposable
{
    private const int Length = 32 * 1024;

    private readonly EndlessServer _server = new();
    private readonly byte[] _message = EndlessServer.DataMessage(Length);
    private readonly byte[] _data = new byte[Length];

    [Fact]
    public async Task Nothing_is_allocated_for_data_that_a_handler_takes()
    {
        var handler = new TakingHandler();
        await _server.Connection.OpenSessionAsync(handler, CancellationToken.None);
        AllocationMeter.AssertNothingPerStep(() => _server.Say(_message));
        Assert.True(handler.Taken > 0);
        Assert.InRange(_server.Adjusted, handler.Taken - ReceiveWindow.InitialSize, handler.Taken);
    }

    [Fact]
    public async Task Nothing_is_allocated_for_data_that_is_sent()
    {
        var channel = await _server.Connection.OpenSessionAsync(new TakingHandler(), CancellationToken.None);
        AllocationMeter.AssertNothingPerStep(() =>
        {
            if (channel.TrySend(_data) != Length) Assert.Fail("not sent");
        });
        Assert.True(_server.Received[0] > 0);
    }

    [Fact]
    public async Task Nothing_is_allocated_for_data_that_a_reader_waits_for()
    {
        await using var process = await StartAsync();
        AllocationMeter.AssertNothingPerStep(() =>
        {
            var read = process.StandardOutput.ReadAsync(_data);
            if (read.IsCompleted) Assert.Fail("read before it came");
            _server.Say(_message);
            var spinning = new SpinWait();
            while (!read.IsCompleted) spinning.SpinOnce();
            if (read.GetAwaiter().GetResult() != Length) Assert.Fail("not read");
        });
    }

    [Fact]
    public async Task Nothing_is_allocated_for_data_that_is_kept_until_it_is_read()
    {
        await using var process = await StartAsync();
        AllocationMeter.AssertNothingPerStep(() =>
        {
            _server.Say(_message);
            _server.Say(_message);
            for (var left = 2 * Length; left > 0;)
            {
                var read = process.StandardOutput.ReadAsync(_data);
                if (!read.IsCompleted) Assert.Fail("not there");
                left -= read.GetAwaiter().GetResult();
            }
        });
    }

    [Fact]
    public async Task Nothing_is_allocated_for_data_that_is_written()
    {
        await using var process = await StartAsync();
        AllocationMeter.AssertNothingPerStep(() =>
        {
            var write = process.StandardInput.WriteAsync(_data);
            if (!write.IsCompleted) Assert.Fail("not written");
            write.GetAwaiter().GetResult();
        });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task<RemoteProcess> StartAsync() =>
        _server.Connection.StartAsync(new SessionRequest { Command = "x" }, CancellationToken.None);

    private sealed class TakingHandler : IChannelHandler
    {
        private Channel? _channel;

        public long Taken { get; private set; }

        public void OnOpened(Channel channel) => _channel = channel;

        public void OnData(ReadOnlySpan<byte> data)
        {
            Taken += data.Length;
            _channel!.Consumed(data.Length);
        }

        public void OnExtendedData(ReadOnlySpan<byte> data)
        {
        }

        public void OnEof()
        {
        }

        public void OnWritable()
        {
        }

        public void OnExit(CommandExit exit)
        {
        }

        public void OnClosed(SshException? reason)
        {
        }
    }
}
