using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.Principal;

namespace SshMux.Engine.Platform.Agents;

/// <summary>Whose a pipe is that this process is connected to.</summary>
[SupportedOSPlatform("windows")]
internal static class PipeOwner
{
    /// <summary>The user, or the group; null if that cannot be found out.</summary>
    /// <exception cref="UnauthorizedAccessException">This user may not know.</exception>
    public static SecurityIdentifier? Of(NamedPipeClientStream pipe) =>
        (SecurityIdentifier?)pipe.GetAccessControl().GetOwner(typeof(SecurityIdentifier)) ?? OfServer(pipe);

    /// <summary>Wine has no owners of pipes, but knows the process at the other end.</summary>
    private static SecurityIdentifier? OfServer(NamedPipeClientStream pipe)
    {
        if (!PipeCalls.GetNamedPipeServerProcessId(pipe.SafePipeHandle, out var id)) return null;
        using var process = PipeCalls.OpenProcess(PipeCalls.QueryProcess, inherit: false, id);
        if (process.IsInvalid || !PipeCalls.OpenProcessToken(process, PipeCalls.QueryToken, out var token)) return null;
        using (token)
        using (var identity = new WindowsIdentity(token.DangerousGetHandle()))
        {
            return identity.User;
        }
    }
}
