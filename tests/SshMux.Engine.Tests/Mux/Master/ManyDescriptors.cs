using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mono.Unix.Native;
using SshMux.Engine.Platform;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>Passes several descriptors in one message, as the protocol does not have it.</summary>
internal static class ManyDescriptors
{
    public static unsafe void Send(Socket socket, params DescriptorHandle[] descriptors)
    {
        byte data = 0;
        var size = (ulong)(descriptors.Length * sizeof(int));
        var message = new Msghdr
        {
            msg_iov = [new Iovec { iov_base = (nint)(&data), iov_len = 1 }],
            msg_iovlen = 1,
            msg_control = new byte[(int)Syscall.CMSG_SPACE(size)],
        };
        message.msg_controllen = message.msg_control.Length;
        new Cmsghdr
        {
            cmsg_len = (long)Syscall.CMSG_LEN(size),
            cmsg_level = UnixSocketProtocol.SOL_SOCKET,
            cmsg_type = UnixSocketControlMessage.SCM_RIGHTS,
        }.WriteToBuffer(message, 0);
        var numbers = Array.ConvertAll(descriptors, descriptor => descriptor.Number);
        MemoryMarshal.AsBytes<int>(numbers).CopyTo(message.msg_control.AsSpan((int)Syscall.CMSG_DATA(message, 0)));
        Assert.Equal(1, Syscall.sendmsg((int)socket.Handle, message, 0));
    }
}
