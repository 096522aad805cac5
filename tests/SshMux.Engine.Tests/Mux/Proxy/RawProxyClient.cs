using System.Text;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Mux.Master;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Mux.Proxy;

/// <summary>A client in proxy mode that says exactly what a test has it say.</summary>
internal sealed class RawProxyClient(RawClient client) : IDisposable
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<RawProxyClient> ConnectAsync(string path)
    {
        var client = await RawClient.GreetAsync(path);
        await client.Messages.SendAsync(new MuxProxyRequest(3));
        Assert.Equal(new MuxProxyReply(3), await client.ReceiveAsync());
        return new RawProxyClient(client);
    }

    /// <summary>A number of the wire.</summary>
    public static byte[] Number(uint number) =>
        [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];

    /// <summary>A string of the wire.</summary>
    public static byte[] Text(string text) => [.. Number((uint)text.Length), .. Encoding.UTF8.GetBytes(text)];

    public Task SendRawAsync(byte[] bytes) => client.SendBytesAsync(bytes);

    public Task SendAsync(byte[] message) =>
        client.SendBytesAsync([.. Number((uint)message.Length + 1), 0, .. message]);

    public Task RequestAsync(uint channel, string type, byte[] fields) =>
        SendAsync([98, .. Number(channel), .. Text(type), 1, .. fields]);

    public Task StartOpeningAsync(uint window = 100_000) =>
        SendAsync([90, .. Text("session"), .. Number(7), .. Number(window), .. Number(32768)]);

    /// <summary>Opens a session; gives the number that the master has for it.</summary>
    public async Task<uint> OpenAsync(uint window = 100_000)
    {
        await StartOpeningAsync(window);
        var answer = await ReceiveAsync();
        Assert.Equal([91, .. Number(7)], answer![..5]);
        return new SshReader(answer.AsSpan(5)).ReadUInt32();
    }

    /// <summary>The next message; null at the end.</summary>
    public async Task<byte[]?> ReceiveAsync()
    {
        var header = new byte[4];
        if (!await FillAsync(header)) return null;
        var frame = new byte[new SshReader(header).ReadUInt32()];
        return await FillAsync(frame) ? frame[1..] : null;
    }

    /// <summary>The next message of a kind; the ones before it are left out.</summary>
    public async Task<byte[]> ReceiveUntilAsync(byte number)
    {
        while (true)
        {
            var message = await ReceiveAsync();
            Assert.NotNull(message);
            if (message[0] == number) return message;
        }
    }

    public async Task ExpectEndAsync()
    {
        while (await ReceiveAsync() is not null)
        {
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<bool> FillAsync(byte[] buffer)
    {
        for (var filled = 0; filled < buffer.Length;)
        {
            int received;
            try
            {
                received = await client.Socket.ReceiveAsync(buffer.AsMemory(filled), Stop)
                    .AsTask().WaitAsync(TimeSpan.FromSeconds(20), Stop);
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false;
            }

            if (received == 0) return false;
            filled += received;
        }

        return true;
    }
}
