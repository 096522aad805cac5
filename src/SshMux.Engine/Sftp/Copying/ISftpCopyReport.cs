namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Who is told how copying goes. Calls come from any thread, several at a time; the copy waits for them.
/// </summary>
internal interface ISftpCopyReport
{
    /// <summary>A file was copied.</summary>
    Task CopiedAsync(SftpCopied file);

    /// <summary>Something that was asked for could not be done, but files are copied all the same.</summary>
    Task WarnedAsync(string warning) => Task.CompletedTask;

    /// <summary>Something was not copied, and why; the rest goes on.</summary>
    Task FailedAsync(string source, SshException reason);
}
