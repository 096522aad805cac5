using System.Runtime.Versioning;
using Mono.Unix.Native;

namespace SshMux.Engine.Sftp.Local;

/// <summary>Failed calls of the C library as errors for the person at the prompt.</summary>
[UnsupportedOSPlatform("windows")]
internal static class UnixFileErrors
{
    /// <summary>The error for a file of this machine, of a call that failed.</summary>
    /// <param name="doing">What was tried: "read".</param>
    /// <param name="path">The file.</param>
    /// <param name="reason">Why it failed.</param>
    public static SshException From(string doing, string path, Errno reason)
    {
        var (error, text) = reason switch
        {
            Errno.ENOENT or Errno.ENOTDIR => (SshError.FileNotFound, "no such file"),
            Errno.EACCES or Errno.EPERM => (SshError.FileDenied, "permission denied"),
            Errno.ELOOP => (SshError.FileFailed, "it is a symbolic link"),
            _ => (SshError.FileFailed, Stdlib.strerror(reason)),
        };
        return SftpErrors.Local(doing, path, error, text);
    }
}
