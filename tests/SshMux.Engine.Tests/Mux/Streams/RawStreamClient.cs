using System.Net.Sockets;
using SshMux.Engine.Mux.Master;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Mux.Proxy.RawProxyClient;

namespace SshMux.Engine.Tests.Mux.Streams;

/// <summary>A client of a master over a stream that says exactly what a test has it say.</summary>
internal sealed class RawStreamClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly StreamEnds _ends;

    private RawStreamClient(MuxMaster master, StreamEnds ends)
    {
        _ends = ends;
        Served = MuxStreamClients.ServeAsync(master, ends.MasterInput, ends.MasterOutput);
    }

    /// <summary>Completes when the master has done with the client, with the reason.</summary>
    public Task<SshException> Served { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Connects, and takes the master's hello but says none.</summary>
    public static async Task<RawStreamClient> ConnectAsync(MuxMaster master)
    {
        var client = new RawStreamClient(master, await StreamEnds.OpenAsync());
        Assert.IsType<MuxHello>(await client.ReceivePacketAsync());
        return client;
    }

    /// <summary>Connects and exchanges hellos.</summary>
    public static async Task<RawStreamClient> GreetAsync(MuxMaster master)
    {
        var client = await ConnectAsync(master);
        await client.SendAsync(new MuxHello(MuxProtocol.Version, []));
        return client;
    }

    /// <summary>Connects and goes on in proxy mode.</summary>
    public static async Task<RawStreamClient> EnterProxyModeAsync(MuxMaster master)
    {
        var client = await GreetAsync(master);
        await client.SendAsync(new MuxProxyRequest(3));
        Assert.Equal(new MuxProxyReply(3), await client.ReceivePacketAsync());
        return client;
    }

    /// <summary>An SSH message as it is framed.</summary>
    public static byte[] Frame(params byte[] message) => [.. Number((uint)message.Length + 1), 0, .. message];

    public Task SendAsync(params MuxMessage[] messages) =>
        SendBytesAsync([.. messages.SelectMany(MuxCodec.Encode)]);

    public Task SendBytesAsync(byte[] bytes) => SendBytesAsync(bytes, Stop);

    public Task SendBytesAsync(byte[] bytes, CancellationToken giveUp) =>
        _ends.ClientOutput.WriteAsync(bytes, giveUp).AsTask();

    /// <summary>What comes next behind its length; null at the end.</summary>
    public async Task<byte[]?> ReceiveAsync()
    {
        var header = new byte[4];
        if (!await FillAsync(header)) return null;
        var frame = new byte[new SshReader(header).ReadUInt32()];
        return await FillAsync(frame) ? frame : null;
    }

    /// <summary>The next packet of the multiplexing protocol, SSH messages left out; null at the end.</summary>
    public async Task<MuxMessage?> ReceivePacketAsync()
    {
        while (await ReceiveAsync() is { } frame)
        {
            if (frame[0] != 0 || frame is [0, 0, 0, 1, ..]) return MuxCodec.Decode(frame);
        }

        return null;
    }

    /// <summary>The next SSH message of a kind; what comes before it is left out.</summary>
    public async Task<byte[]> ReceiveMessageAsync(byte number)
    {
        while (await ReceiveAsync() is { } frame)
        {
            if (frame[0] == 0 && frame[1] == number) return frame[1..];
        }

        throw new EndOfStreamException();
    }

    /// <summary>Opens a session; gives the number that the master has for it.</summary>
    public async Task<uint> OpenSessionAsync(uint window = 100_000)
    {
        await SendBytesAsync(Frame([90, .. Text("session"), .. Number(7), .. Number(window), .. Number(32768)]));
        var answer = await ReceiveMessageAsync(91);
        return new SshReader(answer.AsSpan(5)).ReadUInt32();
    }

    /// <summary>Sends data on a channel.</summary>
    public Task SendDataAsync(uint channel, string data) =>
        SendBytesAsync(Frame([94, .. Number(channel), .. Text(data)]));

    /// <summary>The next data on a channel must be this.</summary>
    public async Task ExpectDataAsync(string data) =>
        Assert.Equal(Text(data), (await ReceiveMessageAsync(94))[5..]);

    /// <summary>Waits for the end of what the master says, and gives why it was.</summary>
    public async Task<SshException> ExpectEndAsync()
    {
        while (await ReceiveAsync() is not null)
        {
        }

        return await Served.WaitAsync(Patience, Stop);
    }

    /// <summary>Says no more, and goes on listening.</summary>
    public void EndSending() => ((NetworkStream)_ends.ClientOutput).Socket.Shutdown(SocketShutdown.Send);

    public void Dispose()
    {
        _ends.ClientOutput.Dispose();
        _ends.ClientInput.Dispose();
    }

    private async Task<bool> FillAsync(byte[] buffer)
    {
        try
        {
            var count = await _ends.ClientInput.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, Stop)
                .AsTask().WaitAsync(Patience, Stop);
            return count == buffer.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
