using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>How a connection ends, by either side, and with what reason.</summary>
public class SshTransportEndTests
{
    private const byte Any = MessageNumber.ChannelData;

    [Fact]
    public async Task A_disconnect_message_is_the_reason_and_its_text_is_made_printable()
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendAsync(Encode(new DisconnectMessage(DisconnectReason.ByApplication, "bye\u001b[2J\r\nnow")));
        var reason = await receiver.EndAsync();
        Assert.Equal(SshError.Disconnected, reason.Error);
        Assert.Equal("the server ended the connection: bye?[2J??now", reason.Message);
    }

    [Fact]
    public async Task A_disconnect_without_text_tells_its_code()
    {
        var (server, _, receiver) = await StartAsync();
        await server.SendAsync(Encode(new DisconnectMessage(DisconnectReason.TooManyConnections, "")));
        var reason = await receiver.EndAsync();
        Assert.Equal("the server ended the connection: reason 12 (TooManyConnections)", reason.Message);
    }

    [Fact]
    public async Task The_end_of_the_stream_without_a_word_is_a_lost_connection()
    {
        var (server, transport, receiver) = await StartAsync();
        await server.DisposeAsync();
        var reason = await receiver.EndAsync();
        Assert.Equal(SshError.ConnectionLost, reason.Error);
        Assert.Same(reason, await transport.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.False(transport.Send(new TextMessage(Any, "")));
        Assert.Equal(1, receiver.Endings);
    }

    /// <summary>Our writes fail first when a server says its reason and closes; what it said still counts.</summary>
    [Fact]
    public async Task The_servers_words_count_more_than_a_failed_write()
    {
        for (var i = 0; i < 20; i++)
        {
            var (server, transport, receiver) = await StartAsync();
            for (var j = 0; j < 50; j++) transport.Send(new BulkMessage(Any, new byte[1000]));
            await server.SendAsync(Encode(new DisconnectMessage(DisconnectReason.ByApplication, "idle for too long")));
            await server.DisposeAsync();
            while (!transport.Ended.IsCompleted && transport.Send(new BulkMessage(Any, new byte[1000])))
            {
            }

            var reason = await receiver.EndAsync();
            Assert.Equal("the server ended the connection: idle for too long", reason.Message);
        }
    }

    [Fact]
    public async Task A_receiver_that_comes_after_the_end_learns_it()
    {
        var (_, transport) = await ConnectAsync();
        await transport.DisposeAsync();
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        Assert.Equal(SshError.Stopped, (await receiver.EndAsync()).Error);
        Assert.Equal(1, receiver.Endings);
    }

    [Fact]
    public async Task What_was_sent_before_Close_still_goes_out_then_the_disconnect()
    {
        var (server, transport, _) = await StartAsync();
        for (byte i = 0; i < 100; i++) transport.Send(new TextMessage(Any, new string('x', i)));
        transport.Close(new SshException(SshError.Stopped, "done"));
        for (byte i = 0; i < 100; i++) Assert.Equal(5 + i, (await server.ReadAsync()).Length);
        var goodbye = await server.ReadAsync();
        Assert.Equal((MessageNumber.Disconnect, 11), (goodbye[0], goodbye[4]));
        await Assert.ThrowsAsync<EndOfStreamException>(server.ReadAsync);
    }

    [Fact]
    public async Task Close_with_a_server_that_reads_nothing_takes_no_longer_than_the_flush_may()
    {
        var (server, transport, receiver) = await StartAsync();
        for (var i = 0; i < 1000; i++) transport.Send(new BulkMessage(Any, new byte[30_000]));
        Assert.True(transport.IsCongested);
        transport.Close(new SshException(SshError.Stopped, "done"));
        await receiver.Ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_that_cannot_be_closed_keeps_nobody_waiting_for_the_end()
    {
        await using var sshd = await TestSshd.StartAsync();
        var stream = new UncloseableStream(await TransportFixture.OpenAsync(sshd.Port));
        var transport = await SshTransport.ConnectAsync(
            stream, AcceptAnyHostKey, TestContext.Current.CancellationToken);
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        transport.Close(new SshException(SshError.Stopped, "enough"));
        Assert.Equal("enough", (await receiver.EndAsync()).Message);
        Assert.Equal(
            "enough", (await transport.Ended.WaitAsync(Patience, TestContext.Current.CancellationToken)).Message);
        await transport.DisposeAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private sealed class UncloseableStream(Stream inner) : UnseekableStream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(buffer, cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
            throw new InvalidOperationException("stuck");
        }
    }
}
