using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Copies of a test's folder to and from OpenSSH's sftp-server.</summary>
public abstract class SftpCopyTestBase : IDisposable
{
    private protected TestFolder Folder { get; } = new();

    private protected CopyReport Report { get; } = new();

    private protected string Source => Folder.File("source");

    private protected string Target => Folder.File("target");

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task UploadAsync(SftpServer there, string[] from, string to, SftpCopyOptions options)
    {
        using var uploader = new SftpUploader(new SftpLanes(there.Client), options, Report);
        await uploader.SetDestinationAsync(to, default);
        foreach (var path in from) await TryAsync(path, uploader.AddAsync(path, default));
        await uploader.CompleteAsync(default);
    }

    private protected async Task DownloadAsync(SftpServer there, string[] from, string to, SftpCopyOptions options)
    {
        using var downloader = new SftpDownloader(there.Client, options, Report);
        downloader.SetDestination(to);
        foreach (var path in from) await TryAsync(path, downloader.AddAsync(path, default));
        await downloader.CompleteAsync(default);
    }

    private async Task TryAsync(string path, Task adding)
    {
        try
        {
            await adding;
        }
        catch (SshException e)
        {
            await Report.FailedAsync(path, e);
        }
    }
}
