using System.Net.Sockets;
using System.Runtime.InteropServices;
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
    public static async Task SendAsync(Socket socket, SafeHandle descriptor, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var error = TrySend(socket, descriptor);
            if (error == 0) return;
            if (error == Errno.EINTR) continue;
            if (error != Errno.EAGAIN)
            {
                throw DescriptorHandle.Failed(SshError.MasterGone, "cannot pass a descriptor", error);
            }

            await WaitUntilWritableAsync(socket, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Receives exactly one byte with exactly one descriptor (close-on-exec). Whatever else comes is closed and an error.
    /// </summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.MuxProtocolError"/>: the peer sent something else, or ended; or
    /// <see cref="SshError.NotSupported"/>: too many descriptors are open in this process.
    /// </exception>
    public static async Task<DescriptorHandle> ReceiveAsync(Socket socket, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryReceive(socket) is { } descriptor) return descriptor;

            // A read of nothing completes when there is something to read, and leaves it there.
            try
            {
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException failure)
            {
                throw new SshException(
                    SshError.MuxProtocolError, $"cannot receive a descriptor: {failure.Message}", failure);
            }
        }
    }

    /// <summary>Likewise, but null if there is nothing to receive yet.</summary>
    /// <exception cref="SshException">As <see cref="ReceiveAsync"/>.</exception>
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

    private static Errno TrySend(Socket socket, SafeHandle descriptor)
    {
        var held = false;
        var socketHeld = false;
        try
        {
            descriptor.DangerousAddRef(ref held);
            socket.SafeHandle.DangerousAddRef(ref socketHeld);
            return TrySend((int)socket.SafeHandle.DangerousGetHandle(), (int)descriptor.DangerousGetHandle());
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

    private static async Task WaitUntilWritableAsync(Socket socket, CancellationToken cancellationToken)
    {
        // A descriptor of its own: the socket may be closed while this waits, and its number be reused.
        using var descriptor = DescriptorHandle.Duplicate(socket.SafeHandle);
        var waiter = new Waiter();
        using var registration = ReadinessLoop.Shared.TryRegister(descriptor, waiter);
        registration?.Arm(ReadinessDirections.Writable);
        await waiter.Ready.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private sealed class Waiter : IReadinessHandler
    {
        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnReady(ReadinessDirections directions) => Ready.TrySetResult();

        public void OnFailed(SshException failure) => Ready.TrySetException(failure);
    }
}
