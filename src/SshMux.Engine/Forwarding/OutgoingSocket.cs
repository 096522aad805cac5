using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Platform.Readiness;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding;

/// <summary>
/// Connections that this machine makes for somebody at the server's end. Made without .NET's own waiting, which would
/// go on watching the socket for as long as it is open.
/// </summary>
internal static class OutgoingSocket
{
    // A unix socket whose listener is busy cannot be waited for, only tried again.
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(30);

    /// <summary>Connects to a TCP port, one address after the other, or to a unix socket.</summary>
    /// <exception cref="SocketException">Why not (for the last address).</exception>
    /// <exception cref="SshException">This process may open no more descriptors.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<DescriptorHandle> ConnectAsync(
        ForwardEndpoint target, AddressFamily family, CancellationToken cancellationToken)
    {
        if (target.IsPath) return await ConnectToPathAsync(target.Host, cancellationToken).ConfigureAwait(false);
        var addresses = await HostLookup.FindAsync(target.Host, family, cancellationToken).ConfigureAwait(false);
        var failure = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in addresses)
        {
            try
            {
                return await ConnectToAddressAsync(new IPEndPoint(address, target.Port), cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        throw failure;
    }

    /// <summary>Connects a TCP socket that does not block to one address.</summary>
    /// <exception cref="SocketException">Why not.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task ConnectAsync(Socket socket, IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        if (TryConnect(socket, endPoint)) return;
        await WaitUntilWritableAsync(socket, cancellationToken).ConfigureAwait(false);
        var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error != SocketError.Success) throw new SocketException((int)error);
    }

    private static async Task<DescriptorHandle> ConnectToPathAsync(string path, CancellationToken cancellationToken)
    {
        EndPoint endPoint;
        try
        {
            endPoint = UnixSocketEndPoint.Of(path);
        }
        catch (ArgumentException)
        {
            throw new SocketException((int)SocketError.HostNotFound); // too long a path
        }

        using var socket = Create(AddressFamily.Unix, ProtocolType.Unspecified);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(BusyLimit);
        while (!TryConnect(socket, endPoint))
        {
            await Task.Delay(BusyPause, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested) throw new SocketException((int)SocketError.TimedOut);
        }

        return DescriptorHandle.Duplicate(socket.SafeHandle);
    }

    private static async Task<DescriptorHandle> ConnectToAddressAsync(
        IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        using var socket = Create(endPoint.AddressFamily, ProtocolType.Tcp);
        socket.NoDelay = true;
        await ConnectAsync(socket, endPoint, cancellationToken).ConfigureAwait(false);
        return DescriptorHandle.Duplicate(socket.SafeHandle);
    }

    private static Socket Create(AddressFamily family, ProtocolType protocol)
    {
        var socket = new Socket(family, SocketType.Stream, protocol) { Blocking = false };
        if (!DescriptorReserve.IsReached(socket)) return socket;
        socket.Dispose();
        throw new SshException(SshError.NotSupported, "cannot connect: too many descriptors are open");
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
}
