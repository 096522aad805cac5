using SshMux.Engine.Channels;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Clients;

/// <summary>Files and folders that are copied to and from a server (the sftp subsystem).</summary>
public static class SshClientCopying
{
    /// <summary>Copies a file, or a folder with all that is in it, to the server.</summary>
    /// <param name="client">Over whose login.</param>
    /// <param name="source">The path here.</param>
    /// <param name="destination">The path there: a folder that exists, or the new name.</param>
    /// <param name="options">How to copy; null: folders with all that is in them.</param>
    /// <param name="progress">Told of each file that was copied.</param>
    /// <param name="cancellationToken">Gives up; a file that is being written does not get its name.</param>
    /// <returns>The files that were copied.</returns>
    /// <exception cref="SshException">What could not be copied, after all that could; or why the connection
    /// ended.</exception>
    public static Task<IReadOnlyList<SftpCopied>> UploadAsync(
        this ISshClient client,
        string source,
        string destination,
        SftpCopyOptions? options = null,
        IProgress<SftpCopied>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return CopyAsync(
            client, upload: true, Path.GetFullPath(source), destination, options, progress, cancellationToken);
    }

    /// <summary>Copies a file, or a folder with all that is in it, from the server.</summary>
    /// <param name="client">Over whose login.</param>
    /// <param name="source">The path there.</param>
    /// <param name="destination">The path here: a folder that exists, or the new name.</param>
    /// <param name="options">How to copy; null: folders with all that is in them.</param>
    /// <param name="progress">Told of each file that was copied.</param>
    /// <param name="cancellationToken">Gives up; a file that is being written does not get its name.</param>
    /// <returns>The files that were copied.</returns>
    /// <exception cref="SshException">What could not be copied, after all that could; or why the connection
    /// ended.</exception>
    public static Task<IReadOnlyList<SftpCopied>> DownloadAsync(
        this ISshClient client,
        string source,
        string destination,
        SftpCopyOptions? options = null,
        IProgress<SftpCopied>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return CopyAsync(
            client, upload: false, source, Path.GetFullPath(destination), options, progress, cancellationToken);
    }

    private static async Task<IReadOnlyList<SftpCopied>> CopyAsync(
        ISshClient client,
        bool upload,
        string source,
        string destination,
        SftpCopyOptions? options,
        IProgress<SftpCopied>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        options ??= new SftpCopyOptions { Recurse = true };
        var report = new CopyReport(progress);
        var first = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (first.ConfigureAwait(false))
        {
            var lanes = new SftpLanes(first, OpenAsync);
            await using (lanes.ConfigureAwait(false))
            {
                using SftpCopier copier = upload
                    ? new SftpUploader(lanes, options, report)
                    : new SftpDownloader(first, options, report);
                await RunAsync(copier).ConfigureAwait(false);
            }
        }

        return report.Result();

        async Task<SftpClient> OpenAsync(CancellationToken stop)
        {
            var request = new SessionRequest { Command = "sftp", Subsystem = true };
            var process = await client.StartAsync(request, stop).ConfigureAwait(false);
            return await SftpClient.OpenAsync(process, client.Name, stop).ConfigureAwait(false);
        }

        async Task RunAsync(SftpCopier copier)
        {
            try
            {
                var place = await copier.FindDestinationAsync(destination, cancellationToken).ConfigureAwait(false);
                await copier.AddAsync(place, source, cancellationToken).ConfigureAwait(false);
                await copier.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await copier.StopAsync().ConfigureAwait(false);
            }
        }
    }

    private sealed class CopyReport(IProgress<SftpCopied>? progress) : ISftpCopyReport
    {
        private readonly Lock _lock = new();
        private readonly List<SftpCopied> _copied = [];
        private readonly List<SshException> _failures = [];

        public Task CopiedAsync(SftpCopied file)
        {
            lock (_lock) _copied.Add(file);
            progress?.Report(file);
            return Task.CompletedTask;
        }

        public Task FailedAsync(string source, SshException reason)
        {
            lock (_lock) _failures.Add(reason);
            return Task.CompletedTask;
        }

        public List<SftpCopied> Result()
        {
            lock (_lock)
            {
                if (_failures.Count == 0) return _copied;
                var first = _failures[0];
                throw new SshException(
                    first.Error,
                    _failures.Count == 1
                        ? first.Message
                        : $"{_failures.Count} things were not copied; the first: {first.Message}",
                    new AggregateException(_failures));
            }
        }
    }
}
