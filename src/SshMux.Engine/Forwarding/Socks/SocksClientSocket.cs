using System.Net.Sockets;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding.Socks;

/// <summary>
/// The socket of a SOCKS client until its request is answered. What is sent in that time is so little that the socket's
/// buffer takes it at once.
/// </summary>
internal sealed class SocksClientSocket(Socket socket)
{
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Reads the handshake and nothing that follows it. <see cref="SocksStep.NeedsInput"/> if the client left, or took
    /// too long.
    /// </summary>
    public async Task<SocksStep> ReadAsync(SocksHandshake handshake, CancellationToken timeLimit)
    {
        using var reader = SystemSockets.Current.OpenReader(socket);
        var buffer = new byte[512];
        while (true)
        {
            var count = await ReadAsync(reader, buffer.AsMemory(0, handshake.Needed), timeLimit).ConfigureAwait(false);
            if (count == 0) return SocksStep.NeedsInput;
            var step = Take(handshake, buffer.AsSpan(0, count));
            if (step is SocksStep.Requested or SocksStep.Refused) return step;
            if (step == SocksStep.Replies) Send(handshake.Reply.Span);
        }
    }

    /// <summary>
    /// Tells the client no, and closes the socket. To close it with something unread would take the answer from the
    /// client, so what it sends is read for a moment.
    /// </summary>
    public async Task RefuseAsync(ReadOnlyMemory<byte> reply)
    {
        Send(reply.Span);
        using var limit = new CancellationTokenSource(FarewellLimit);
        using (var reader = SystemSockets.Current.OpenReader(socket))
        {
            ShutDown();
            var buffer = new byte[4096];
            while (await ReadAsync(reader, buffer, limit.Token).ConfigureAwait(false) != 0)
            {
                // Dropped.
            }
        }

        socket.Dispose();
    }

    private static SocksStep Take(SocksHandshake handshake, ReadOnlySpan<byte> data) => handshake.Take(ref data);

    /// <summary>Waits for bytes; 0 at the end, or when the time is over.</summary>
    private static async Task<int> ReadAsync(ISocketReader reader, Memory<byte> buffer, CancellationToken timeLimit)
    {
        if (timeLimit.IsCancellationRequested) return 0;
        try
        {
            return await reader.ReadAsync(buffer, timeLimit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }

    // A client that has gone is noticed by the next read.
    private void Send(ReadOnlySpan<byte> data) => socket.Send(data, SocketFlags.None, out _);

    private void ShutDown()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has gone.
        }
    }
}
