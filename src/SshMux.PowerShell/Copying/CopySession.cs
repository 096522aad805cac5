using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.PowerShell.Objects;

namespace SshMux.PowerShell.Copying;

/// <summary>One sftp session on a master (uploads may have more), and what is copied over it.</summary>
internal sealed class CopySession : IAsyncDisposable
{
    // What is under way stops at once; then the server removes what is not worth keeping.
    private static readonly TimeSpan TidyLimit = TimeSpan.FromSeconds(2);

    private readonly SftpClient _client;
    private readonly SftpLanes _lanes;
    private readonly SftpCopier _copier;
    private readonly Dictionary<string, SftpDestination> _destinations = new(StringComparer.Ordinal);
    private int _disposed;
    private bool _isComplete;
    private bool _endIsTold;

    private CopySession(Master master, SftpClient client, SftpLanes lanes, SftpCopier copier)
    {
        Master = master;
        _client = client;
        _lanes = lanes;
        _copier = copier;
    }

    public Master Master { get; }

    public SftpClient Client => _client;

    public SftpCopyProgress Progress => _copier.Progress;

    /// <summary>Opens the session, and looks at the destination.</summary>
    /// <param name="master">The master.</param>
    /// <param name="upload">Whether to copy to it, or from it.</param>
    /// <param name="destination">Where all is copied to; a full path if it is on this machine. Null if every item says
    /// that.</param>
    /// <param name="options">How to copy.</param>
    /// <param name="report">Makes who is told of files.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SshException">There is no sftp server, or no such destination.</exception>
    public static async Task<CopySession> OpenAsync(
        Master master,
        bool upload,
        string? destination,
        SftpCopyOptions options,
        Func<Master, ISftpCopyReport> report,
        CancellationToken cancellationToken)
    {
        var client = await OpenClientAsync(cancellationToken).ConfigureAwait(false);
        var lanes = new SftpLanes(client, OpenClientAsync);
        try
        {
            SftpCopier copier = upload
                ? new SftpUploader(lanes, options, report(master))
                : new SftpDownloader(client, options, report(master));
            var session = new CopySession(master, client, lanes, copier);
            if (destination is not null)
            {
                await session.FindDestinationAsync(destination, cancellationToken).ConfigureAwait(false);
            }

            return session;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        async Task<SftpClient> OpenClientAsync(CancellationToken stop)
        {
            var request = new SessionRequest { Command = "sftp", Subsystem = true };
            var process = await master.StartAsync(request, stop).ConfigureAwait(false);
            return await SftpClient.OpenAsync(process, master.Label, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Copies a file or folder; returns when all of it was begun, or waits to be the only one.</summary>
    public async Task AddAsync(string path, string destination, CancellationToken cancellationToken)
    {
        try
        {
            var found = await FindDestinationAsync(destination, cancellationToken).ConfigureAwait(false);
            await _copier.GatherAsync(found, path, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException)
        {
            _endIsTold |= _client.EndReason is not null;
            throw;
        }
    }

    /// <summary>Waits until everything is copied.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _copier.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SshException) when (_endIsTold)
        {
            // Each item that was named has its error already.
        }

        _isComplete = true;
    }

    /// <summary>Ends it. What was canceled tidies up first, if the server still answers.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        if (!_isComplete) await TidyAsync().ConfigureAwait(false);
        await Task.WhenAll(_lanes.DisposeAsync().AsTask(), _client.DisposeAsync().AsTask()).ConfigureAwait(false);
    }

    private async Task<SftpDestination> FindDestinationAsync(string path, CancellationToken cancellationToken)
    {
        if (_destinations.TryGetValue(path, out var known)) return known;
        return _destinations[path] =
            await _copier.FindDestinationAsync(path, cancellationToken).ConfigureAwait(false);
    }

    private async Task TidyAsync()
    {
        using var limit = new CancellationTokenSource(TidyLimit);
        try
        {
            await _copier.StopAsync().WaitAsync(limit.Token).ConfigureAwait(false);

            // The server does one thing after the other: with this it has removed what it was asked to.
            await _client.GetRealPathAsync(".", limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or SshException)
        {
            // Names with .sshmux-partial stay.
        }
    }
}
