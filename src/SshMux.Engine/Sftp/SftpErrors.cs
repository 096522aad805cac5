using SshMux.Engine.Wire;

namespace SshMux.Engine.Sftp;

/// <summary>A server's refusals, and failures of files here, as errors for the person at the prompt.</summary>
internal static class SftpErrors
{
    /// <summary>What is said of a file of which Windows lets nobody else have a part.</summary>
    public const string IsInUse = "another program has it open; close it there, and copy again";

    // As HResult; only Windows has them.
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);

    /// <summary>
    /// The error for a status; <paramref name="doing"/> says what was tried: "read web1:/etc/shadow".
    /// </summary>
    public static SshException From(SftpStatus status, string doing)
    {
        var (error, usual) = status.Code switch
        {
            SftpStatusCode.NoSuchFile => (SshError.FileNotFound, "no such file"),
            SftpStatusCode.PermissionDenied => (SshError.FileDenied, "permission denied"),
            SftpStatusCode.NotSupported => (SshError.NotSupported, "the server does not support it"),
            SftpStatusCode.Eof => (SshError.FileFailed, "end of file"),
            SftpStatusCode.Ok => (SshError.FileFailed, "the server gave no answer but success"),
            _ => (SshError.FileFailed, "the server says only that it failed"),
        };

        // OpenSSH says "Failure" for everything that version 3 has no code for; that word alone tells nothing.
        var said = Printable.Text(status.Message.Trim());
        var message = said.Length == 0 || said is "Failure" or "Success" ? usual : said;
        return new SshException(error, $"cannot {doing}: {Lower(message)}");
    }

    /// <summary>An error of a server, with what was found out about it in place of its reason.</summary>
    public static SshException Because(SshException error, string reason) =>
        new(
            error.Error,
            $"{error.Message[..(error.Message.IndexOf(": ", StringComparison.Ordinal) + 2)]}{reason}",
            error);

    /// <summary>What a message says after what was tried.</summary>
    public static string Reason(SshException error) =>
        error.Message[(error.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..];

    /// <summary>Whether an exception is a failure of a file of this machine.</summary>
    public static bool IsLocal(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    /// <summary>The error for a file of this machine.</summary>
    public static SshException Local(string doing, string path, Exception exception)
    {
        var (error, text) = exception switch
        {
            FileNotFoundException or DirectoryNotFoundException => (SshError.FileNotFound, "no such file"),
            UnauthorizedAccessException => (SshError.FileDenied, "permission denied"),
            IOException { HResult: SharingViolation or LockViolation } => (SshError.FileFailed, IsInUse),
            _ => (SshError.FileFailed, Printable.Text(Lower(WithoutPath(exception.Message)))),
        };

        // .NET puts paths into its messages as they are, and a server may have named them.
        var cause = Printable.Text(exception.Message, int.MaxValue) == exception.Message ? exception : null;
        return new SshException(error, Cannot(doing, path, text), cause);
    }

    /// <summary>The error for a file of this machine, with the reason in words.</summary>
    public static SshException Local(string doing, string path, SshError error, string reason) =>
        new(error, Cannot(doing, path, Lower(reason)));

    /// <summary>What a file of this machine is called in errors.</summary>
    public static string Shown(string path) => Printable.Text(path, 1024);

    private static string Cannot(string doing, string path, string text) =>
        $"cannot {doing} {Shown(path)}: {text}";

    private static string WithoutPath(string message)
    {
        // "No space left on device : '/the/path'"
        var path = message.IndexOf(" : '", StringComparison.Ordinal);
        return path < 0 ? message : message[..path];
    }

    private static string Lower(string message) =>
        message.Length > 1 && char.IsLower(message[1]) ? char.ToLowerInvariant(message[0]) + message[1..] : message;
}
