namespace SshMux.Engine.Sftp.Copying;

/// <summary>Which part of a copy that broke off is worth continuing.</summary>
internal static class SftpResuming
{
    // In bytes; of less nothing is gained.
    private const long LeastToKeep = 1024 * 1024;

    /// <summary>
    /// How much of a file whose last copy left <paramref name="there"/> bytes need not be copied again.
    /// </summary>
    public static long StartAt(long there, long size) =>
        there > size ? 0 : Math.Max(0, there - SftpTransfer.Span);

    /// <summary>Whether a file is long enough for a part of it to be worth keeping.</summary>
    public static bool CanBeResumed(long size) => size >= LeastToKeep;

    /// <summary>Whether what an interrupted copy has written is worth keeping.</summary>
    public static bool IsWorthKeeping(SftpClient client, Exception error, long written) =>
        written >= LeastToKeep && (error is OperationCanceledException || client.EndReason is not null);
}
