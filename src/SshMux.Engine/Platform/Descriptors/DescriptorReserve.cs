using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SshMux.Engine.Platform.Descriptors;

/// <summary>
/// Keeps the last few descriptors of the process out of the hands of its clients. .NET itself needs one now and then (to
/// start a thread, among others) and ends the process when there is none, so whatever takes descriptors at others'
/// request stops short of the limit.
/// </summary>
internal static class DescriptorReserve
{
    private const int NumberOfOpenFiles = 7; // RLIMIT_NOFILE
    private const int Reserved = 32;

    /// <summary>
    /// Whether a descriptor that was just opened is one of the last; it should be closed again. The system hands out the
    /// lowest free number, so the number says how many are open.
    /// </summary>
    public static bool IsReached(SafeHandle descriptor) => IsReached(descriptor.DangerousGetHandle());

    /// <summary>Whether a socket that was just opened is one of the last; it should be closed again.</summary>
    public static bool IsReached(Socket socket) => IsReached(socket.SafeHandle);

    private static bool IsReached(nint number)
    {
        // Asked each time: the limit can be changed from outside, and the call costs next to nothing.
        Span<nuint> limits = stackalloc nuint[2];
        return LibC.GetRLimit(NumberOfOpenFiles, limits) == 0
            && limits[0] > 2 * Reserved
            && (nuint)number >= limits[0] - Reserved;
    }
}
