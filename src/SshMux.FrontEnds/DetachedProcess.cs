using System.Runtime.Versioning;
using Mono.Unix.Native;
using SshMux.Engine;
using SshMux.Engine.Platform;

namespace SshMux.FrontEnds;

/// <summary>What a process does to outlive the terminal and the shell that started it (ssh(1) -f).</summary>
[UnsupportedOSPlatform("windows")]
public static class DetachedProcess
{
    /// <summary>
    /// Makes this process the leader of a session of its own, without a controlling terminal, so that neither the
    /// terminal's hang-up nor its keys reach it. False if it leads a process group already, which a process that a shell
    /// starts as a job does: then start a child and have it call this.
    /// </summary>
    public static bool TryStartSession() => Syscall.setsid() >= 0;

    /// <summary>
    /// Points the standard descriptors at /dev/null, so that nobody waits for the end of a pipe that this process holds
    /// open. Other descriptors are left alone.
    /// </summary>
    /// <param name="keepError">Leaves standard error as it is, for a log.</param>
    /// <exception cref="SshException">/dev/null cannot be opened.</exception>
    public static void ReleaseStandardDescriptors(bool keepError = false)
    {
        using var nothing = DescriptorHandle.Open("/dev/null", FileAccess.ReadWrite);
        for (var standard = 0; standard <= (keepError ? 1 : 2); standard++) Redirect(nothing, standard);
    }

    /// <summary>Points a standard descriptor (0, 1 or 2) at what <paramref name="target"/> is; that stays open.</summary>
    /// <exception cref="SshException">The system refuses.</exception>
    internal static void Redirect(DescriptorHandle target, int standard)
    {
        while (Syscall.dup2(target.Number, standard) < 0)
        {
            var error = SystemError.Last;
            if (error is Errno.EINTR or Errno.EBUSY) continue;
            throw DescriptorHandle.Failed($"cannot redirect descriptor {standard}", error);
        }
    }
}
