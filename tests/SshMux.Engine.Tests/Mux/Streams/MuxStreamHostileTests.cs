using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Tests.Support;
using static SshMux.Engine.Tests.Mux.Proxy.RawProxyClient;
using static SshMux.Engine.Tests.Mux.Streams.RawStreamClient;

namespace SshMux.Engine.Tests.Mux.Streams;

/// <summary>Clients over a stream that are wrong, gone, or mean no good, on a master whose server is in memory.</summary>
[Trait("System", "any")]
public sealed class MuxStreamHostileTests : IAsyncLifetime
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MuxMaster _master = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _master = await StartAsync(new());

    public ValueTask DisposeAsync() => _master.DisposeAsync();

    [Theory]
    [InlineData("47455420 2f204854 5450")] // an HTTP request: an impossible length
    [InlineData("00000003 000000")] // no room for a type
    [InlineData("00000008 10000004 00000001")] // something before the hello
    [InlineData("00000008 00000001 00000005")] // version 5
    [InlineData("0000000c 00000001 00000004 00000010")] // half an extension
    [InlineData("00000008 00000001 00000004 00000008 00000001 00000004")] // a second hello
    [InlineData("00000008 00000001 00000004 00000008 10000006 00000001")] // a forward without fields
    public async Task A_wrong_start_is_dropped_with_a_reason(string hex)
    {
        using var client = await ConnectAsync(_master);
        await client.SendBytesAsync(Bytes(hex));
        Assert.Equal(SshError.MuxProtocolError, (await client.ExpectEndAsync()).Error);
        await ExpectUsableAsync();
    }

    [Theory]
    [InlineData("00000008 00000001 00000004")] // a second hello is a message 0 here
    [InlineData("00000005 00 01 000000")] // SSH_MSG_DISCONNECT
    [InlineData("00000006 00 5e 00000063")] // data on a channel that it does not have
    [InlineData("00000005 10000006 00")] // half a request
    [InlineData("00000008 10000006 00000001")]
    [InlineData("00040001")]
    [InlineData("00000001")]
    public async Task What_is_wrong_in_proxy_mode_is_dropped_with_a_reason(string hex)
    {
        using var client = await EnterProxyModeAsync(_master);
        _ = await client.OpenSessionAsync();
        await client.SendBytesAsync(Bytes(hex));
        Assert.Equal(SshError.MuxProtocolError, (await client.ExpectEndAsync()).Error);
        await ExpectUsableAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("000000")]
    [InlineData("00000008 10000004 0000")]
    [InlineData("00000030 00 5e 00000000 00000020 6162")]
    public async Task The_end_in_the_middle_of_a_message_is_told_from_the_end(string hex)
    {
        foreach (var inProxyMode in (bool[])[false, true])
        {
            using var client = await (inProxyMode ? EnterProxyModeAsync(_master) : GreetAsync(_master));
            await client.SendBytesAsync(Bytes(hex));
            client.EndSending();
            var reason = await client.ExpectEndAsync();
            Assert.Equal(hex.Length == 0 ? SshError.Stopped : SshError.MuxProtocolError, reason.Error);
            Assert.Contains(hex.Length == 0 ? "has closed its end" : "in the middle", reason.Message, StringComparison.Ordinal);
        }

        await ExpectUsableAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_needs_descriptors_is_refused_at_once_and_says_what_to_do(bool inProxyMode)
    {
        using var client = await (inProxyMode ? EnterProxyModeAsync(_master) : GreetAsync(_master));
        await client.SendAsync(
            RawClient.Session(5, "true"), new MuxNewStdioForward(6, "host", 22), new MuxAliveCheck(7), new MuxOk(8),
            new MuxUnknownRequest(9, 0x53ffffff));
        for (var id = 5u; id <= 6; id++)
        {
            var failure = Assert.IsType<MuxFailure>(await client.ReceivePacketAsync());
            Assert.Equal(id, failure.RequestId);
            Assert.Contains("MUX_C_PROXY", failure.Reason, StringComparison.Ordinal);
        }

        Assert.Equal(new MuxAlive(7, (uint)Environment.ProcessId), await client.ReceivePacketAsync());
        Assert.Equal(new MuxFailure(8, "unsupported request"), await client.ReceivePacketAsync());
        Assert.Equal(new MuxFailure(9, "unsupported request"), await client.ReceivePacketAsync());
    }

    [Fact]
    public async Task Everything_may_be_said_at_once_and_in_whatever_pieces()
    {
        byte[] all =
        [
            .. MuxCodec.Encode(new MuxHello(MuxProtocol.Version, [])), .. MuxCodec.Encode(new MuxProxyRequest(1)),
            .. Frame([90, .. Text("session"), .. Number(7), .. Number(1000), .. Number(1000)]),
            .. MuxCodec.Encode(new MuxAliveCheck(2)), .. MuxCodec.Encode(new MuxProxyRequest(3)),
        ];
        foreach (var step in (int[])[all.Length, 1])
        {
            using var client = await ConnectAsync(_master);
            for (var sent = 0; sent < all.Length; sent += step) await client.SendBytesAsync(all[sent..(sent + step)]);
            Assert.Equal(new MuxProxyReply(1), await client.ReceivePacketAsync());
            List<byte[]> rest = [(await client.ReceiveAsync())!, (await client.ReceiveAsync())!, (await client.ReceiveAsync())!];
            Assert.Contains(rest, frame => frame is [0, 91, ..]);
            Assert.Contains(rest, frame => frame[0] == 0x80 && MuxCodec.Decode(frame) is MuxAlive { RequestId: 2 });
            Assert.Contains(rest, frame => frame[0] == 0x80 && MuxCodec.Decode(frame) is MuxFailure { RequestId: 3 });
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_client_that_never_reads_its_answers_no_more_is_read(bool inProxyMode)
    {
        using var client = await (inProxyMode ? EnterProxyModeAsync(_master) : GreetAsync(_master));
        byte[] requests = [.. Enumerable.Repeat(MuxCodec.Encode(new MuxAliveCheck(1)), 5000).SelectMany(packet => packet)];
        var sent = 0L;
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        while (sent < 64 * 1024 * 1024)
        {
            var sending = client.SendBytesAsync(requests, giveUp.Token);
            if (await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(2), Stop)) == sending)
            {
                sent += requests.Length;
                continue;
            }

            // Wine closes no socket as long as something is being sent on it.
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TimeSpan.FromSeconds(30), Stop));
            break;
        }

        // What TCP keeps on both sides, and no more.
        Assert.InRange(sent, 0, 32 * 1024 * 1024);
        client.Dispose();
        await client.Served.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        await ExpectUsableAsync();
    }

    [Fact]
    public async Task Channels_go_on_while_a_request_waits_for_the_user()
    {
        await using var master = await StartAsking("forward");
        using var client = await EnterProxyModeAsync(master);
        var channel = await client.OpenSessionAsync();
        var forward = MuxForward.From(ForwardSpec.ParseLocal($"127.0.0.1:{TestSshd.FreePort()}:x:1"));
        await client.SendAsync(new MuxOpenForward(1, forward), new MuxAliveCheck(2));
        await _asked.Task.WaitAsync(Stop);
        await client.SendDataAsync(channel, "over there");
        await client.ExpectDataAsync("over there");
        _answer.SetResult(true);
        Assert.Equal(new MuxOk(1), await client.ReceivePacketAsync());
        Assert.IsType<MuxAlive>(await client.ReceivePacketAsync());
    }

    [Theory]
    [InlineData("proxy")]
    [InlineData("forward")]
    public async Task A_question_goes_with_its_client(string question)
    {
        await using var master = await StartAsking(question);
        var client = await (question == "proxy" ? GreetAsync(master) : EnterProxyModeAsync(master));
        await client.SendAsync(question == "proxy"
            ? new MuxProxyRequest(1)
            : new MuxOpenForward(1, new MuxForward(MuxForwardType.Dynamic, "", 1, "", 0)));
        await _asked.Task.WaitAsync(Stop);
        client.Dispose();
        Assert.False(await _answer.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop));
        Assert.Equal(SshError.Stopped, (await client.Served.WaitAsync(TimeSpan.FromSeconds(30), Stop)).Error);
    }

    [Fact]
    public async Task An_allowed_client_goes_on_with_what_it_has_said_meanwhile()
    {
        await using var master = await StartAsking("proxy");
        using var client = await GreetAsync(master);
        await client.SendAsync(new MuxProxyRequest(1));
        await _asked.Task.WaitAsync(Stop);
        await client.SendBytesAsync(Frame([90, .. Text("session"), .. Number(7), .. Number(1000), .. Number(1000)]));
        _answer.SetResult(true);
        Assert.Equal(new MuxProxyReply(1), await client.ReceivePacketAsync());
        Assert.Equal(91, (await client.ReceiveMessageAsync(91))[0]);
    }

    [Fact]
    public async Task More_requests_at_once_than_wait_here_are_all_answered()
    {
        using var client = await EnterProxyModeAsync(_master);
        await client.SendAsync([.. Enumerable.Range(0, 500).Select(id => new MuxAliveCheck((uint)id))]);
        for (var id = 0u; id < 500; id++)
        {
            Assert.Equal(id, Assert.IsType<MuxAlive>(await client.ReceivePacketAsync()).RequestId);
        }
    }

    [Fact]
    public async Task A_master_that_is_ending_serves_nobody_more()
    {
        await _master.StopAsync();
        var ends = await StreamEnds.OpenAsync();
        var served = MuxStreamClients.ServeAsync(_master, ends.MasterInput, ends.MasterOutput);
        Assert.Equal(0, await ends.ClientInput.ReadAsync(new byte[1], Stop));
        await served.WaitAsync(TimeSpan.FromSeconds(30), Stop);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static Task<MuxMaster> StartAsync(MuxMasterOptions options) =>
        MuxMaster.StartAsync(EchoServer.Connect(), options, Stop);

    /// <summary>A master whose user is asked about everything, and takes time for a question with a word in it.</summary>
    private Task<MuxMaster> StartAsking(string word) => StartAsync(new()
    {
        AskPermission = async (question, stop) =>
        {
            if (!question.Contains(word, StringComparison.Ordinal)) return true;
            await using var cancelled = stop.Register(() => _answer.TrySetResult(false));
            _asked.TrySetResult();
            return await _answer.Task;
        },
    });

    private async Task ExpectUsableAsync()
    {
        Assert.False(_master.Ended.IsCompleted);
        using var client = await EnterProxyModeAsync(_master);
        var channel = await client.OpenSessionAsync();
        await client.SendDataAsync(channel, "there and back");
        await client.ExpectDataAsync("there and back");
    }
}
