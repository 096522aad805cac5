using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Processes;

/// <summary>
/// Has a small process (cat) hold a connection open, and throw away what comes, until the other side closes it: for a
/// peer that must not see this end close, whatever becomes of this process.
/// </summary>
internal static class DescriptorKeeper
{
    // The shell ends at once, so that nobody has to wait for the one that stays. A job in the background gets an empty
    // standard input, and no signal of the terminal may end it.
    private const string Script = "trap '' HUP INT QUIT TSTP; exec 3<&0; cat <&3 >/dev/null 2>&1 &";

    /// <summary>O_NONBLOCK (the value that all Linux architectures of .NET share).</summary>
    private const int NonBlocking = 0x800;

    /// <summary>
    /// Hands a copy of the descriptor over, for which reading blocks from then on, here too; false if no process can be
    /// started.
    /// </summary>
    public static bool TryKeep(SafeHandle descriptor)
    {
        if (OperatingSystem.IsWindows()) return false;
        var added = false;
        try
        {
            descriptor.DangerousAddRef(ref added);
            using var copy = DescriptorHandle.Duplicate((int)descriptor.DangerousGetHandle());

            // The program would take "nothing there yet" for an error.
            var flags = LibC.Fcntl(copy.Number, LibC.GetFlags, 0);
            if (flags < 0 || LibC.Fcntl(copy.Number, LibC.SetFlags, flags & ~NonBlocking) < 0) return false;
            return Reap(ProcessSpawn.Start("/bin/sh", ["sh", "-c", Script], copy, null, null));
        }
        catch (Exception e) when (e is SshException or ObjectDisposedException)
        {
            // No more descriptors or processes can be had; the caller says what that means.
            return false;
        }
        finally
        {
            if (added) descriptor.DangerousRelease();
        }
    }

    private static bool Reap(int child)
    {
        int status;
        while (Syscall.waitpid(child, out status, 0) < 0)
        {
            // ECHILD: somebody in this process reaps all children.
            if (SystemError.Last != Errno.EINTR) return true;
        }

        return status == 0;
    }
}
