using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;

namespace SshMux.Engine.Tests.Mux.Streams;

/// <summary>Both ends of a control connection over streams.</summary>
internal sealed record StreamEnds(Stream MasterInput, Stream MasterOutput, Stream ClientInput, Stream ClientOutput)
{
    /// <summary>Two pipes, or a TCP connection: one stream both ways.</summary>
    public static async Task<StreamEnds> OpenAsync(bool pipes = false)
    {
        if (pipes)
        {
            var there = new AnonymousPipeServerStream(PipeDirection.Out);
            var back = new AnonymousPipeServerStream(PipeDirection.In);
            return new(
                new AnonymousPipeClientStream(PipeDirection.In, there.ClientSafePipeHandle),
                new AnonymousPipeClientStream(PipeDirection.Out, back.ClientSafePipeHandle),
                back,
                there);
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        var accepted = await listener.AcceptTcpClientAsync();
        accepted.NoDelay = true;
        var master = accepted.GetStream();
        return new(master, master, client.GetStream(), client.GetStream());
    }
}
