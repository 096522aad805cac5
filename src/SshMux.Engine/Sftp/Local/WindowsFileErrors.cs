using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SshMux.Engine.Sftp.Local;

/// <summary>Windows' error numbers for files ("System Error Codes"), as errors for the person at the prompt.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsFileErrors
{
    public const int AccessDenied = 5;
    public const int SharingViolation = 32;
    public const int FileExists = 80;
    public const int AlreadyExists = 183;

    private const int FileNotFound = 2;
    private const int PathNotFound = 3;
    private const int BadNetworkPath = 53;
    private const int BadNetworkName = 67;
    private const int InvalidName = 123;
    private const int NameTooLong = 206;

    /// <summary>The error of this thread's last call; to be read before any other call is made.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>The error for a file of this machine, of a call that failed.</summary>
    /// <param name="doing">What was tried: "read".</param>
    /// <param name="path">The file.</param>
    /// <param name="reason">Why it failed.</param>
    public static SshException From(string doing, string path, int reason)
    {
        var (error, text) = reason switch
        {
            FileNotFound or PathNotFound or BadNetworkPath or BadNetworkName => (SshError.FileNotFound, "no such file"),
            AccessDenied => (SshError.FileDenied, "permission denied"),
            SharingViolation => (SshError.FileFailed, SftpErrors.IsInUse),
            InvalidName or NameTooLong => (SshError.FileFailed, "its name is too long, or none that there can be"),
            _ => (SshError.FileFailed, Marshal.GetPInvokeErrorMessage(reason).TrimEnd('.')),
        };
        return SftpErrors.Local(doing, path, error, text);
    }
}
