using System.Collections.Concurrent;
using SshMux.Engine.Sftp.Copying;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Keeps what a copy tells.</summary>
internal sealed class CopyReport : ISftpCopyReport
{
    public ConcurrentQueue<SftpCopied> Copied { get; } = new();

    public ConcurrentQueue<(string Source, SshException Reason)> Failed { get; } = new();

    public ConcurrentQueue<string> Warned { get; } = new();

    public Task WarnedAsync(string warning)
    {
        Warned.Enqueue(warning);
        return Task.CompletedTask;
    }

    public Task CopiedAsync(SftpCopied file)
    {
        Copied.Enqueue(file);
        return Task.CompletedTask;
    }

    public Task FailedAsync(string source, SshException reason)
    {
        Failed.Enqueue((source, reason));
        return Task.CompletedTask;
    }
}
