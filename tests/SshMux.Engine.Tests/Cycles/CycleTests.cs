using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Mux.Client;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Cycles;

/// <summary>
/// A thousand times open and closed, and nothing stays: the master and its clients are in this process, the server is a
/// real sshd. These tests look at the whole process, so they run alone in it: with <c>-explicit only</c>.
/// </summary>
[Collection("cycles")] // one after the other: they look at what the whole process holds
public sealed partial class CycleTests : IAsyncLifetime
{
    private const int Cycles = 1000;

    // A live object of 64 bytes left by each cycle is more than this; what the runtime itself takes now and then is less.
    private const long MemoryLimit = 64 * Cycles;

    // So many in a row in which memory grew are cycles that leave something.
    private const int Rounds = 10;

    // The thread pool takes some and gives them back when it pleases. A thread left by each cycle would be a thousand.
    private const int ThreadLimit = 12;

    private TestSshd _sshd = null!;
    private OurMaster _master = null!;

    public async ValueTask InitializeAsync()
    {
        _sshd = await TestSshd.StartAsync($"LogLevel QUIET\n{ForwardX11}");
        _master = await OurMaster.StartAsync(_sshd);
    }

    public async ValueTask DisposeAsync()
    {
        await _master.DisposeAsync();
        await _sshd.DisposeAsync();
    }

    [Fact(Explicit = true)]
    public Task Control_connections() => RepeatAsync(async () =>
    {
        await using var client = await MuxClient.ConnectAsync(_master.Path);
        await client.CheckAliveAsync();
    });

    [Fact(Explicit = true)]
    public Task Control_connections_that_vanish_after_half_a_packet() => RepeatAsync(async () =>
    {
        using var client = await RawClient.GreetAsync(_master.Path);
        await client.SendBytesAsync([0, 0, 0, 8, 0x10]);
    });

    [Fact(Explicit = true)]
    public Task Sessions() => RepeatAsync(async () =>
    {
        await using var client = await MuxClient.ConnectAsync(_master.Path);
        await using var process = await client.StartAsync(new SessionRequest { Command = "exit 3" }, default);
        Assert.Equal(3u, (await process.Exit).Status);
    });

    [Fact(Explicit = true)]
    public async Task Sessions_with_a_terminal()
    {
        var (emulator, local) = Descriptors.CreateTerminal();
        using (emulator)
        using (local)
        {
            await RepeatAsync(async () =>
            {
                using var client = await RawClient.GreetAsync(_master.Path);
                await client.Messages.SendAsync(RawClient.Session(1, "exit 4", tty: true), local, local, local);
                Assert.IsType<MuxSessionOpened>(await client.ReceiveAsync());
                Assert.Equal(4u, Assert.IsType<MuxExitMessage>(await client.ReceiveAsync()).ExitValue);
                await client.ExpectEndAsync();
            });
        }
    }

    [Fact(Explicit = true)]
    public async Task Sessions_whose_client_vanishes()
    {
        using var pipe = new RawClient.WatchedPipe();
        await RepeatAsync(async () =>
        {
            using var client = await RawClient.GreetAsync(_master.Path);
            await client.OpenSessionAsync(pipe.Read, pipe.Write, pipe.Write, "cat");
        });
        Assert.Equal(2, pipe.Count);
    }

    [Fact(Explicit = true)]
    public Task Sessions_of_this_process() => RepeatAsync(async () =>
    {
        await using var process = await _master.Master.Connection.StartAsync(
            new SessionRequest { Command = "echo x" }, default);
        using var reader = new StreamReader(process.StandardOutput);
        Assert.Equal("x\n", await reader.ReadToEndAsync());
        await process.Exit;
    });

    [Fact(Explicit = true)]
    public async Task Stdio_forwards()
    {
        using var echo = new TcpTestServer();
        await RepeatAsync(async () =>
        {
            await using var client = await MuxClient.ConnectAsync(_master.Path);
            await using var stream = await client.OpenStreamAsync("127.0.0.1", echo.Port, default);
            await ExchangeAsync(stream);
        });
    }

    [Fact(Explicit = true)]
    public async Task Stdio_forwards_that_are_refused()
    {
        var port = TestSshd.FreePort();
        await RepeatAsync(async () =>
        {
            await using var client = await MuxClient.ConnectAsync(_master.Path);
            await Assert.ThrowsAsync<SshException>(() => client.OpenStreamAsync("127.0.0.1", port, default));
        });
    }

    [Theory(Explicit = true)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Forwards_with_a_connection_each(bool remote)
    {
        using var echo = new TcpTestServer();
        using var folder = new TestFolder();
        var number = 0;
        await RepeatAsync(async () =>
        {
            var path = folder.File($"s{Interlocked.Increment(ref number)}");
            var text = $"{path}:127.0.0.1:{echo.Port}";
            var spec = remote ? ForwardSpec.ParseRemote(text) : ForwardSpec.ParseLocal(text);
            await using var client = await MuxClient.ConnectAsync(_master.Path);
            await client.OpenForwardAsync(spec);
            using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
                await ExchangeAsync(new NetworkStream(socket));
            }

            await client.CloseForwardAsync(spec);
        });
    }

    [Fact(Explicit = true)]
    public async Task Connections_of_SOCKS_clients()
    {
        using var echo = new TcpTestServer();
        byte[] connect = [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte)(echo.Port >> 8), (byte)echo.Port];
        await _master.Master.OpenForwardAsync(ForwardSpec.ParseDynamic("0"));
        var port = Assert.Single(_master.Master.Forwards).Port!.Value;
        await RepeatAsync(async () =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            var stream = client.GetStream();
            await stream.WriteAsync(connect);
            await stream.ReadExactlyAsync(new byte[2 + 10]);
            await ExchangeAsync(stream);
        });
    }

    private static async Task ExchangeAsync(Stream stream)
    {
        var buffer = new byte[1];
        await stream.WriteAsync("x"u8.ToArray());
        await stream.ReadExactlyAsync(buffer);
        Assert.Equal((byte)'x', buffer[0]);
    }

    private async Task RepeatAsync(Func<Task> cycle, int cycles = Cycles)
    {
        await RunAsync(cycle, cycles / 4); // whatever is made once is made now
        var before = await SettledAsync();
        for (var round = 1; ; round++)
        {
            await RunAsync(cycle, cycles);
            var after = await SettledAsync();
            for (var more = 0; more < 100 && after.Descriptors.Except(before.Descriptors).Any(); more++)
            {
                // The other end of a control connection that a client has closed sees it a moment later.
                await Task.Delay(100);
                after = await SettledAsync();
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"{before} -> {after}");

            // The runtime keeps buffers for each thread of its pool and for each processor, and takes more of them now and
            // then: with more threads, for the first rounds one after the other. What cycles leave grows every time.
            if (round < Rounds && after.Memory > before.Memory + MemoryLimit)
            {
                before = after;
                continue;
            }

            Assert.Equal((0, 0), (after.Channels, after.Sessions));
            Assert.Empty(after.Descriptors.Except(before.Descriptors));
            Assert.InRange(after.Threads, 0, before.Threads + ThreadLimit);
            Assert.InRange(after.Memory, 0, before.Memory + MemoryLimit);
            return;
        }
    }

    /// <summary>Four at a time, as they would come from scripts that run side by side.</summary>
    private static Task RunAsync(Func<Task> cycle, int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = 4 },
        async (_, _) => await cycle());

    private async Task<Holdings> SettledAsync()
    {
        await _master.ExpectNothingLeftAsync();
        return Holdings.Of(_master);
    }
}
