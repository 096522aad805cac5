using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Sftp;

/// <summary>
/// Copies files and folders over one sftp session, many small files or a few large ones at a time. A file is written
/// under its name with <see cref="PartialSuffix"/> and renamed when it is whole, so that under its own name it always
/// is. Symbolic links are followed, as by scp -r, unless they lead back to a folder that they are in.
/// </summary>
public abstract class SftpCopier : IDisposable
{
    /// <summary>What the name of a file ends in while it is being written.</summary>
    public const string PartialSuffix = ".sshmux-partial";

    /// <summary>Deeper trees than this are some trick.</summary>
    private protected const int MaxDepth = 256;

    // A file of which less was copied is not worth continuing.
    private const long LeastToKeep = 1024 * 1024;
    private const long LargeFile = 1024 * 1024;
    private const int MaxFiles = 32;
    private const int MaxLargeFiles = 3;
    private const int MaxNameLength = 255;

    private readonly SemaphoreSlim _files = new(MaxFiles);
    private readonly SemaphoreSlim _largeFiles = new(MaxLargeFiles);
    private readonly HashSet<string> _destinations = new(StringComparer.Ordinal);
    private readonly ISftpCopyReport _report;
    private int _walked;

    private protected SftpCopier(SftpClient client, SftpCopyOptions options, ISftpCopyReport report)
    {
        Client = client;
        Options = options;
        _report = report;
        Root = new CopiedFolder(null, static () => Task.CompletedTask);
    }

    /// <summary>How far it is.</summary>
    public SftpCopyProgress Progress { get; } = new();

    private protected SftpClient Client { get; }

    private protected SftpCopyOptions Options { get; }

    private protected CopiedFolder Root { get; }

    /// <summary>Waits for all that was begun; nothing can be added after it.</summary>
    /// <exception cref="SshException">The session has ended.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await EndWalkAsync().ConfigureAwait(false);
        await Root.Finished.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Client.EndReason is { } reason) throw reason.Again();
    }

    /// <summary>Waits until everything has stopped that was under way when it was canceled.</summary>
    public async Task StopAsync()
    {
        await EndWalkAsync().ConfigureAwait(false);
        await Root.Finished.ConfigureAwait(false);
    }

    /// <summary>Frees what it has, when nothing is under way any more.</summary>
    public void Dispose()
    {
        _files.Dispose();
        _largeFiles.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What a file is called while it is being written.</summary>
    private protected static string PartialPath(string path)
    {
        var slash = path.LastIndexOf('/') + 1;
        var name = path[slash..];
        if (Encoding.UTF8.GetByteCount(name) <= MaxNameLength - PartialSuffix.Length) return path + PartialSuffix;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return path[..slash] + hash + PartialSuffix;
    }

    /// <summary>
    /// How much of a file whose last copy left <paramref name="there"/> bytes need not be copied again.
    /// </summary>
    private protected static long ResumeAt(long there, long size) =>
        there > size ? 0 : Math.Max(0, there - SftpTransfer.Span);

    /// <summary>Whether what an interrupted copy has written is worth keeping.</summary>
    private protected bool IsWorthKeeping(Exception error, long written) =>
        written >= LeastToKeep && (error is OperationCanceledException || Client.EndReason is not null);

    /// <summary>Two things must not be copied to one place: the second would replace the first.</summary>
    private protected void Claim(string destination, string shown)
    {
        if (_destinations.Add(destination)) return;
        throw new SshException(
            SshError.FileFailed, $"cannot write {shown}: something else was copied there just now");
    }

    private protected static SshException NoRecurse(string name) =>
        new(SshError.FileFailed, $"cannot copy {name}: it is a folder, and -Recurse was not given");

    private protected static SshException NoFile(string name) => new(
        SshError.FileFailed, $"cannot copy {name}: it is neither a file nor a folder (a device, a pipe or a socket)");

    private protected static SshException Loop(string name) =>
        new(SshError.FileFailed, $"cannot copy {name}: the link leads back to a folder that it is in");

    private protected static SshException IsFolderThere(string name) =>
        new(SshError.FileFailed, $"cannot write {name}: a folder has that name");

    private protected static SshException IsNoFolder(string name) =>
        new(SshError.FileFailed, $"cannot make the folder {name}: something else has that name");

    private protected static SshException IsReadOnly(string name) =>
        new(SshError.FileDenied, $"cannot write {name}: it is read-only; -Force replaces it");

    private protected static SshException OnlyOne(string name) => new(
        SshError.FileFailed, $"cannot copy more than one thing to {name}: it is not a folder");

    private protected static string Shown(string path) => Printable.Text(path, 1024);

    /// <summary>Copies a file, when fewer others are under way.</summary>
    private protected async Task StartFileAsync(
        CopiedFolder folder,
        string source,
        long length,
        Func<CancellationToken, Task<SftpCopied?>> copy,
        CancellationToken cancellationToken)
    {
        Progress.Found(length);
        await _files.WaitAsync(cancellationToken).ConfigureAwait(false);
        folder.Enter();
        _ = Task.Run(() => RunAsync(folder, source, length, copy, cancellationToken), CancellationToken.None);
    }

    /// <summary>Tells of a failure within a folder; the end of the session is no item's failure.</summary>
    private protected async Task FailedAsync(string source, SshException reason)
    {
        if (Client.EndReason is { } end) throw end.Again();
        await _report.FailedAsync(source, reason).ConfigureAwait(false);
    }

    private Task EndWalkAsync() => Interlocked.Exchange(ref _walked, 1) == 0 ? Root.LeaveAsync() : Task.CompletedTask;

    private async Task RunAsync(
        CopiedFolder folder,
        string source,
        long length,
        Func<CancellationToken, Task<SftpCopied?>> copy,
        CancellationToken cancellationToken)
    {
        var large = length >= LargeFile;
        try
        {
            if (large) await _largeFiles.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                Progress.Begun(source);
                var copied = await copy(cancellationToken).ConfigureAwait(false);
                if (copied is not null) await _report.CopiedAsync(copied).ConfigureAwait(false);
            }
            finally
            {
                if (large) _largeFiles.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // Who canceled it knows.
        }
        catch (SshException) when (Client.EndReason is not null)
        {
            // Told once for all, by CompleteAsync or who adds the next file.
        }
        catch (SshException e)
        {
            await TellAsync(source, e).ConfigureAwait(false);
        }
        catch (Exception e) when (SftpErrors.IsLocal(e))
        {
            await TellAsync(source, SftpErrors.Local("copy", source, e)).ConfigureAwait(false);
        }
        finally
        {
            Progress.Done();
            _files.Release();
            await folder.LeaveAsync().ConfigureAwait(false);
        }
    }

    private async Task TellAsync(string source, SshException error)
    {
        try
        {
            await _report.FailedAsync(source, error).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
    }
}
