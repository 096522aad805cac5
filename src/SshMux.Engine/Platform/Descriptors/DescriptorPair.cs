using System.Net.Sockets;
using System.Runtime.Versioning;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>Makes connected ends within this process. All descriptors are close-on-exec.</summary>
[UnsupportedOSPlatform("windows")]
internal static class DescriptorPair
{
    /// <summary>A pipe.</summary>
    /// <exception cref="SshException">This process may open no more descriptors.</exception>
    public static (DescriptorHandle Read, DescriptorHandle Write) CreatePipe()
    {
        Span<int> ends = stackalloc int[2];
        if (LibC.Pipe2(ends, LibC.CloseOnExec) != 0) throw DescriptorHandle.Failed("cannot create a pipe");
        return (new DescriptorHandle(ends[0]), new DescriptorHandle(ends[1]));
    }

    /// <summary>A pair of connected unix stream sockets as descriptors, to be passed on.</summary>
    /// <exception cref="SshException">This process may open no more descriptors.</exception>
    public static (DescriptorHandle First, DescriptorHandle Second) CreateSockets()
    {
        var (first, second) = CreateSocketNumbers();
        return (new DescriptorHandle(first), new DescriptorHandle(second));
    }

    /// <summary>A pair of connected unix stream sockets: one to use here, and one to be passed on.</summary>
    /// <exception cref="SshException">This process may open no more descriptors.</exception>
    public static (Socket Here, DescriptorHandle There) CreateSocket()
    {
        var (first, second) = CreateSocketNumbers();
        return (new Socket(new SafeSocketHandle(first, ownsHandle: true)), new DescriptorHandle(second));
    }

    private static (int First, int Second) CreateSocketNumbers()
    {
        var result = Syscall.socketpair(
            UnixAddressFamily.AF_UNIX,
            UnixSocketType.SOCK_STREAM,
            UnixSocketFlags.SOCK_CLOEXEC,
            default,
            out var first,
            out var second);
        return result == 0 ? (first, second) : throw DescriptorHandle.Failed("cannot create a pair of sockets");
    }
}
