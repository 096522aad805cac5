using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>How a master ends, whatever its clients are doing then.</summary>
public sealed class MuxMasterEndTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly RawClient.WatchedPipe _pipe = new();

    private string Path => _folder.File("s");

    public void Dispose()
    {
        Assert.Equal(2, _pipe.Count);
        Assert.False(File.Exists(Path));
        _pipe.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Stopping_waits_for_nobody()
    {
        var master = await StartAsync(EchoServer.Connect());
        using var session = await OpenStuckSessionAsync();
        using var idle = await RawClient.GreetAsync(Path);
        using var silent = await RawClient.ConnectAsync(Path);
        await master.StopAsync();
        Assert.Equal("the master was stopped", (await master.Ended).Message);
        await session.ExpectEndAsync();
        await idle.ExpectEndAsync();
        await silent.ExpectEndAsync();
        await master.DisposeAsync();
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_server_that_answers_no_more()
    {
        var master = await StartAsync(ScriptedConnection.Connect(out var server));
        using var client = await RawClient.GreetAsync(Path);
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        await client.Messages.SendAsync(RawClient.Session(1, "true"), nothing, nothing, nothing);
        await Eventually.TrueAsync(() => server.Waiting > 0, "the master opens a channel");
        server.Confirm();
        Assert.IsType<MuxSessionOpened>(await client.ReceiveAsync());
        while (server.Waiting > 0) server.Take();
        var forward = master.OpenForwardAsync(ForwardSpec.ParseRemote("4711:x:1"));
        await Eventually.TrueAsync(() => server.Waiting > 0, "the master asks for a remote forward");
        server.Say(MessageNumber.RequestSuccess, (ref SshWriter _) => { });
        await forward;
        await master.StopAsync().WaitAsync(TimeSpan.FromSeconds(5));
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_lost_server_ends_the_master_after_the_time_for_writing_out()
    {
        var connection = EchoServer.Connect();
        var master = await StartAsync(connection);
        using var session = await OpenStuckSessionAsync();
        connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        Assert.Equal((SshError.ConnectionLost, "gone"), ((await master.Ended).Error, (await master.Ended).Message));
        await session.ExpectEndAsync();
        await master.DisposeAsync();
    }

    [Fact]
    public async Task What_has_arrived_is_written_out_after_the_server_is_lost()
    {
        var connection = EchoServer.Connect();
        var master = await StartAsync(connection, TimeSpan.FromSeconds(60));
        var data = Descriptors.RandomBytes(1_000_000, 1);
        await File.WriteAllBytesAsync(_folder.File("in"), data);
        using var client = await RawClient.GreetAsync(Path);
        using (var input = DescriptorHandle.Open(_folder.File("in"), FileAccess.Read))
        {
            await client.OpenSessionAsync(input, _pipe.Write, _pipe.Write);
        }

        await Eventually.TrueAsync(() => connection.ChannelCount == 0, "all has arrived, and the channel is closed");
        connection.Close(new SshException(SshError.ConnectionLost, "gone"));
        Assert.False(master.Ended.IsCompleted);
        var received = await ReadAsync(_pipe.Read, data.Length);
        Assert.Equal(data, received);
        await client.ExpectEndAsync();
        Assert.Equal(SshError.ConnectionLost, (await master.Ended).Error);
        await master.DisposeAsync();
    }

    [Fact]
    public async Task A_stopped_listener_ends_the_master_when_the_last_client_goes()
    {
        var connection = EchoServer.Connect();
        var master = await StartAsync(connection);
        using var first = await RawClient.GreetAsync(Path);
        using var second = await RawClient.GreetAsync(Path);
        await second.OpenSessionAsync(_pipe.Read, _pipe.Write, _pipe.Write);
        await first.Messages.SendAsync(new MuxStopListening(1));
        Assert.Equal(new MuxOk(1), await first.ReceiveAsync());
        Assert.False(File.Exists(Path));
        Assert.Null(master.ControlPath);
        await first.Messages.SendAsync(new MuxStopListening(2));
        Assert.Equal(new MuxOk(2), await first.ReceiveAsync());
        first.Dispose();
        await second.Messages.SendAsync(new MuxAliveCheck(3));
        Assert.IsType<MuxAlive>(await second.ReceiveAsync());
        Assert.False(master.Ended.IsCompleted);
        second.Dispose();
        Assert.Equal(
            "the master had stopped listening, and its last session has ended",
            (await master.Ended.WaitAsync(TimeSpan.FromSeconds(30))).Message);
        await master.DisposeAsync();
    }

    [Fact]
    public async Task A_channel_of_this_process_keeps_a_stopped_master_alive()
    {
        var connection = EchoServer.Connect();
        var master = await StartAsync(connection);
        var stream = await connection.OpenStreamAsync("x", 1, default);
        master.StopListening();
        Assert.False(master.Ended.IsCompleted);
        await stream.DisposeAsync();
        Assert.Equal(SshError.Stopped, (await master.Ended.WaitAsync(TimeSpan.FromSeconds(30))).Error);
        await master.DisposeAsync();
    }

    [Fact]
    public async Task Without_a_control_path_it_serves_this_process_alone()
    {
        var connection = EchoServer.Connect();
        await using var master = await MuxMaster.StartAsync(connection, new MuxMasterOptions());
        Assert.Null(master.ControlPath);
        await using var stream = await master.Connection.OpenStreamAsync("x", 1, default);
        await stream.WriteAsync("echo"u8.ToArray());
        await stream.ReadExactlyAsync(new byte[4]);
    }

    [Fact]
    public async Task Nobody_logs_in_for_a_path_that_is_taken()
    {
        await using var master = await StartAsync(EchoServer.Connect());
        var e = await Assert.ThrowsAsync<SshException>(() => MuxMaster.StartAsync(
            _ => throw new InvalidOperationException("logged in"), new MuxMasterOptions { ControlPath = Path }));
        Assert.Equal(SshError.ControlSocketInUse, e.Error);
    }

    private Task<MuxMaster> StartAsync(SshConnection connection, TimeSpan? drainLimit = null) =>
        MuxMaster.StartAsync(connection, new MuxMasterOptions
        {
            ControlPath = Path,
            DrainLimit = drainLimit ?? TimeSpan.FromMilliseconds(200),
        });

    /// <summary>A session that has more to write than its reader takes.</summary>
    private async Task<RawClient> OpenStuckSessionAsync()
    {
        await File.WriteAllBytesAsync(_folder.File("in"), new byte[1_000_000]);
        var client = await RawClient.GreetAsync(Path);
        using var input = DescriptorHandle.Open(_folder.File("in"), FileAccess.Read);
        await client.OpenSessionAsync(input, _pipe.Write, _pipe.Write);
        return client;
    }

    private static async Task<byte[]> ReadAsync(DescriptorHandle descriptor, int count)
    {
        var data = new byte[count];
        await Task.Run(() =>
        {
            for (var read = 0; read < count;) read += Descriptors.Read(descriptor, data.AsSpan(read));
        }).WaitAsync(TimeSpan.FromSeconds(30));
        return data;
    }
}
