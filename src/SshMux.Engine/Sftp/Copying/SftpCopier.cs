namespace SshMux.Engine.Sftp.Copying;

/// <summary>
/// Copies files and folders over one sftp session, many small files or a few large ones at a time. A file is written
/// under a name of its own (<see cref="SftpPartialNames"/>) and renamed when it is whole, so that under its right name it
/// always is. Symbolic links are followed, as by scp -r, unless they lead back to a folder that they are in.
/// </summary>
internal abstract class SftpCopier : IDisposable
{
    /// <summary>What the name of a file ends in while it is being written.</summary>
    public const string PartialSuffix = SftpPartialNames.Suffix;

    /// <summary>Deeper trees than this are some trick.</summary>
    private protected const int MaxDepth = 256;

    private const long LargeFile = 1024 * 1024;
    private const int MaxFiles = 32;
    private const int MaxLargeFiles = 3;

    private readonly SemaphoreSlim _files = new(MaxFiles);
    private readonly SemaphoreSlim _largeFiles = new(MaxLargeFiles);
    private readonly HashSet<string> _destinations;
    private readonly List<SftpDestination> _holding = [];
    private readonly ISftpCopyReport _report;
    private int _walked;

    /// <param name="client">The session.</param>
    /// <param name="options">How to copy.</param>
    /// <param name="report">Who is told of files.</param>
    /// <param name="names">How two names are found to be one where things are copied to.</param>
    private protected SftpCopier(
        SftpClient client, SftpCopyOptions options, ISftpCopyReport report, StringComparison names)
    {
        _destinations = new HashSet<string>(StringComparer.FromComparison(names));
        Partials = new SftpPartialNames(names);
        Client = client;
        Options = options;
        _report = report;
        Attributes = new SftpAttributeKeeping(options, report);
        Root = new CopiedFolder(null, static () => Task.CompletedTask);
    }

    /// <summary>How far it is.</summary>
    public SftpCopyProgress Progress { get; } = new();

    private protected SftpClient Client { get; }

    private protected SftpCopyOptions Options { get; }

    private protected CopiedFolder Root { get; }

    private protected SftpAttributeKeeping Attributes { get; }

    private protected SftpPartialNames Partials { get; }

    /// <summary>
    /// Looks at where to copy to: into a folder that exists, else under that very name (<see cref="AddAsync"/>), or into a
    /// folder that is made, if several things are copied there (<see cref="GatherAsync"/>).
    /// </summary>
    /// <param name="path">The path; a full one of this machine.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">It cannot be.</exception>
    public abstract Task<SftpDestination> FindDestinationAsync(string path, CancellationToken cancellationToken);

    /// <summary>Copies a file or folder; returns when all of it was begun.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="path">The path: a full one of this machine, or one of the server without "~".</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">It cannot be copied as such, or the session has ended. What fails within a folder
    /// is told to the report.</exception>
    public async Task AddAsync(SftpDestination destination, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(path);
        if (Client.EndReason is { } reason) throw reason.Again();
        if (!destination.IsFolder && destination.IsUsed) throw SftpCopyErrors.OnlyOne(destination.Shown);
        await AddToAsync(destination, path, cancellationToken).ConfigureAwait(false);
        destination.IsUsed = true;
    }

    /// <summary>
    /// Copies a file or folder where more may come for the same place. If that is no folder, the first waits, at most
    /// until <see cref="CompleteAsync"/>: with a second a folder is made for both, or, where something else has the
    /// name, neither is copied.
    /// </summary>
    /// <exception cref="SshException">It cannot be copied as such, or the session has ended. What has waited is told to
    /// the report.</exception>
    public async Task GatherAsync(SftpDestination destination, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (destination.Refused is { } refused) throw refused.Again();
        if (destination.IsFolder)
        {
            await AddAsync(destination, path, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (destination.Waiting is not { } first)
        {
            if (Client.EndReason is { } reason) throw reason.Again();
            destination.Waiting = path;
            _holding.Add(destination);
            return;
        }

        destination.Waiting = null;
        _holding.Remove(destination);
        try
        {
            if (destination.Exists) throw SftpCopyErrors.OnlyOne(destination.Shown);
            await MakeFolderOfAsync(destination, cancellationToken).ConfigureAwait(false);
            destination.IsFolder = true;
        }
        catch (SshException e)
        {
            destination.Refused = e;
            await FailedAsync(first, e).ConfigureAwait(false);
            throw;
        }

        await TryAddAsync(destination, first, cancellationToken).ConfigureAwait(false);
        await AddAsync(destination, path, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for all that was begun; nothing can be added after it.</summary>
    /// <exception cref="SshException">The session has ended.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        foreach (var destination in _holding)
        {
            var path = destination.Waiting!;
            destination.Waiting = null;
            await TryAddAsync(destination, path, cancellationToken).ConfigureAwait(false);
        }

        _holding.Clear();
        await EndWalkAsync().ConfigureAwait(false);
        await Root.Finished.WaitAsync(cancellationToken).ConfigureAwait(false);

        // What was under way may have been given up before this wait was.
        cancellationToken.ThrowIfCancellationRequested();
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

    /// <summary>Copies one thing into a folder, or under the destination's very name.</summary>
    private protected abstract Task AddToAsync(
        SftpDestination destination, string path, CancellationToken cancellationToken);

    /// <summary>Makes the folder that a destination is to be.</summary>
    private protected abstract Task MakeFolderOfAsync(
        SftpDestination destination, CancellationToken cancellationToken);

    /// <summary>Two things must not be copied to one place: the second would replace the first.</summary>
    private protected void Claim(string destination, string shown)
    {
        if (_destinations.TryGetValue(destination, out var earlier))
        {
            throw earlier == destination
                ? new SshException(
                    SshError.FileFailed, $"cannot write {shown}: something else was copied there just now")
                : SftpCopyErrors.DiffersInCase(shown);
        }

        _destinations.Add(destination);
    }

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

    private async Task TryAddAsync(SftpDestination destination, string path, CancellationToken cancellationToken)
    {
        try
        {
            await AddAsync(destination, path, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            await FailedAsync(path, e).ConfigureAwait(false);
        }
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
