using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform;

/// <summary>Why a call of the system failed: errno(3).</summary>
internal static class SystemError
{
    /// <summary>
    /// The error of this thread's last call; to be read before any other call is made. Mono.Unix has the same as
    /// <c>Stdlib.GetLastError</c>, but whoever is the first in a process to use it has that class initialized by calls
    /// of its own, which overwrite what was to be read: it says "Success". The numbers are those of Linux.
    /// </summary>
    public static Errno Last => (Errno)Marshal.GetLastPInvokeError();

    /// <summary>The system's words for an error.</summary>
    public static string Text(Errno error) => Marshal.GetPInvokeErrorMessage((int)error);
}
