using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Sockets;

/// <summary>
/// Sockets that the readiness thread waits for. .NET's own waiting would go on watching a socket for as long as it is
/// open, and has its own thread.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ReadySockets : SystemSockets
{
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int NotSentLowWater = 25; // TCP_NOTSENT_LOWAT
    private const int MaxNotSent = 128 * 1024;

    // A unix socket whose listener is busy cannot be waited for, only tried again.
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public override async Task ConnectAsync(Socket socket, EndPoint endPoint, CancellationToken cancellationToken)
    {
        socket.Blocking = false;
        if (endPoint.AddressFamily == AddressFamily.Unix)
        {
            await ConnectToPathAsync(socket, endPoint, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (TryConnect(socket, endPoint)) return;
        await WaitUntilWritableAsync(socket, cancellationToken).ConfigureAwait(false);
        var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error != SocketError.Success) throw new SocketException((int)error);
    }

    /// <inheritdoc/>
    public override SocketStream Open(Socket socket) => new ReadySocketStream(socket);

    /// <inheritdoc/>
    public override ISocketReader OpenReader(Socket socket) =>
        new DescriptorSocketReader(DescriptorReader.Open(DescriptorHandle.Duplicate(socket.SafeHandle)));

    /// <inheritdoc/>
    public override bool IsReserveReached(Socket socket) => DescriptorReserve.IsReached(socket);

    /// <inheritdoc/>
    public override void LimitUnsent(Socket socket) =>
        socket.SetRawSocketOption(TcpLevel, NotSentLowWater, MemoryMarshal.AsBytes([MaxNotSent]));

    /// <inheritdoc/>
    public override void BindPath(Socket socket, string path, UnixFileMode mode) =>
        SocketFile.Bind(socket, path, (FilePermissions)mode);

    private static async Task ConnectToPathAsync(
        Socket socket, EndPoint endPoint, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(BusyLimit);
        while (!TryConnect(socket, endPoint))
        {
            await Task.Delay(BusyPause, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested) throw new SocketException((int)SocketError.TimedOut);
        }
    }

    /// <summary>False if it is under way.</summary>
    private static bool TryConnect(Socket socket, EndPoint endPoint)
    {
        try
        {
            socket.Connect(endPoint);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            return false;
        }
    }

    private static async Task WaitUntilWritableAsync(Socket socket, CancellationToken cancellationToken)
    {
        var connecting = new ReadySocket(socket);
        try
        {
            await connecting.WaitUntilWritableAsync(cancellationToken).ConfigureAwait(false);
            connecting.ThrowIfFailed();
        }
        catch (IOException e)
        {
            throw new SshException(SshError.NotSupported, e.Message, e);
        }
        finally
        {
            connecting.Release();
        }
    }

    private sealed class DescriptorSocketReader(DescriptorReader reader) : ISocketReader
    {
        public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
            reader.ReadAsync(buffer, cancellationToken);

        public void Dispose() => reader.Dispose();
    }
}
