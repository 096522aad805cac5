using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine.Platform.Readiness;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Passes descriptors over a unix stream socket as PROTOCOL.mux has it: each in a message of its own, with one data byte.
/// No thread is blocked. One sender and one receiver at a time a socket, and nobody else may read from it meanwhile: a
/// greedy read would swallow the byte and lose the descriptor.
/// </summary>
internal static class DescriptorPassing
{
    // SCM_MAX_FD: the kernel lets nobody attach more. With room for all of them none stays unseen, and so unclosed.
    private const int MaxDescriptors = 253;

    /// <summary>Sends one data byte, 0, and one descriptor, which stays the caller's.</summary>
    /// <exception cref="SshException"><see cref="SshError.MasterGone"/>: the peer is gone.</exception>
    /// <exception cref="IOException">The system does not wait for the socket any more.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed meanwhile.</exception>
    public static async Task SendAsync(ReadySocket socket, SafeHandle descriptor, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            socket.ThrowIfFailed();
            if (TrySend(socket.Socket, descriptor)) return;
            await socket.WaitUntilWritableAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends one data byte, 0, and one descriptor, unless it would have to wait; false then.</summary>
    /// <exception cref="SshException"><see cref="SshError.MasterGone"/>: the peer is gone.</exception>
    public static bool TrySend(Socket socket, SafeHandle descriptor)
    {
        while (true)
        {
            TrySend(socket, descriptor, out var error);
            if (error == 0) return true;
            if (error == Errno.EAGAIN) return false;
            if (error == Errno.EINTR) continue;
            throw DescriptorHandle.Failed(SshError.MasterGone, "cannot pass a descriptor", error);
        }
    }

    /// <summary>
    /// Receives exactly one byte with exactly one descriptor (close-on-exec). Whatever else comes is closed and an error.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxProtocolError"/>: the peer sent something else, or ended; or
    /// <see cref="SshError.NotSupported"/>: too many descriptors are open in this process.
    /// </exception>
    [UnsupportedOSPlatform("windows")]
    public static async Task<DescriptorHandle> ReceiveAsync(ReadySocket socket, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                socket.ThrowIfFailed();
                if (TryReceive(socket.Socket) is { } descriptor) return descriptor;
                await socket.WaitUntilReadableAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            throw new SshException(
                SshError.MuxProtocolError, $"cannot receive a descriptor: {failure.Message}", failure);
        }
    }

    /// <summary>Receives one byte with one descriptor, as <see cref="ReceiveAsync"/>; null if nothing is there yet.</summary>
    /// <exception cref="SshException">As <see cref="ReceiveAsync"/>.</exception>
    [UnsupportedOSPlatform("windows")]
    public static DescriptorHandle? TryReceive(Socket socket)
    {
        while (true)
        {
            var descriptor = TryReceive(socket, out var error);
            if (descriptor is not null || error == Errno.EAGAIN) return descriptor;
            if (error == Errno.EINTR) continue;
            throw DescriptorHandle.Failed(SshError.MuxProtocolError, "cannot receive a descriptor", error);
        }
    }

    private static void TrySend(Socket socket, SafeHandle descriptor, out Errno error)
    {
        var held = false;
        var socketHeld = false;
        try
        {
            descriptor.DangerousAddRef(ref held);
            socket.SafeHandle.DangerousAddRef(ref socketHeld);
            error = TrySend((int)socket.SafeHandle.DangerousGetHandle(), (int)descriptor.DangerousGetHandle());
        }
        finally
        {
            if (socketHeld) socket.SafeHandle.DangerousRelease();
            if (held) descriptor.DangerousRelease();
        }
    }

    private static unsafe Errno TrySend(int socket, int descriptor)
    {
        byte data = 0;
        var piece = new Iovec { iov_base = (nint)(&data), iov_len = 1 };
        var passed = new LibC.PassedDescriptor(descriptor);
        var message = new LibC.MessageHeader
        {
            Pieces = &piece,
            PieceCount = 1,
            Control = &passed,
            ControlLength = (nuint)sizeof(LibC.PassedDescriptor),
        };
        return LibC.SendMessage(socket, message, LibC.NoWaitNoSignal) < 0 ? SystemError.Last : 0;
    }

    private static DescriptorHandle? TryReceive(Socket socket, out Errno error)
    {
        var held = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref held);
            return TryReceive((int)socket.SafeHandle.DangerousGetHandle(), out error);
        }
        finally
        {
            if (held) socket.SafeHandle.DangerousRelease();
        }
    }

    private static unsafe DescriptorHandle? TryReceive(int socket, out Errno error)
    {
        byte data = 0;
        var message = new Msghdr
        {
            msg_iov = [new Iovec { iov_base = (nint)(&data), iov_len = 1 }],
            msg_iovlen = 1,
            msg_control = new byte[(int)Syscall.CMSG_SPACE(MaxDescriptors * sizeof(int))],
        };
        message.msg_controllen = message.msg_control.Length;
        var count = Syscall.recvmsg(socket, message, MessageFlags.MSG_DONTWAIT | MessageFlags.MSG_CMSG_CLOEXEC);
        error = count < 0 ? SystemError.Last : 0;
        if (count < 0) return null;

        var descriptors = ReadDescriptors(message);
        var isFull = (message.msg_flags & MessageFlags.MSG_CTRUNC) != 0 || descriptors.Exists(DescriptorReserve.IsReached);
        if (count == 1 && descriptors.Count == 1 && !isFull) return descriptors[0];

        foreach (var descriptor in descriptors) descriptor.Dispose();
        if (isFull) throw new SshException(SshError.NotSupported, "too many descriptors are open here to take one more");
        throw new SshException(SshError.MuxProtocolError, (count, descriptors.Count) switch
        {
            (0, _) => "the peer ended before it passed its descriptors",
            (_, 0) => "the peer sent data where it should have passed a descriptor",
            _ => $"the peer passed {descriptors.Count} descriptors at once instead of one",
        });
    }

    private static List<DescriptorHandle> ReadDescriptors(Msghdr message)
    {
        var descriptors = new List<DescriptorHandle>(1);
        var control = message.msg_control ?? [];
        for (var offset = Syscall.CMSG_FIRSTHDR(message); offset >= 0; offset = Syscall.CMSG_NXTHDR(message, offset))
        {
            var header = Cmsghdr.ReadFromBuffer(message, offset);
            if (header.cmsg_level != UnixSocketProtocol.SOL_SOCKET
                || header.cmsg_type != UnixSocketControlMessage.SCM_RIGHTS)
            {
                continue;
            }

            var start = (int)Syscall.CMSG_DATA(message, offset);
            var end = (int)Math.Min(offset + header.cmsg_len, control.Length);
            foreach (var number in MemoryMarshal.Cast<byte, int>(control.AsSpan(start..end)))
            {
                descriptors.Add(new DescriptorHandle(number));
            }
        }

        return descriptors;
    }
}
