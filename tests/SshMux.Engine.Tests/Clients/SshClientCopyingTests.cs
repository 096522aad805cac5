using SshMux.Engine.Clients;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Clients;

/// <summary>Files and folders that a program copies over its login.</summary>
public sealed class SshClientCopyingTests(ClientFixture server) : IClassFixture<ClientFixture>, IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SshClient Client => server.Client;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_folder_goes_there_and_back_with_all_that_is_in_it()
    {
        var site = MakeFolder();
        var progress = new Progress();
        var sent = await Client.UploadAsync(site, _folder.File("there"), progress: progress, cancellationToken: Stop);
        Assert.Equal(2, sent.Count);
        Assert.Equal(sent.Select(file => file.Source).Order(), progress.Copied.Select(file => file.Source).Order());
        Assert.Equal([$"{site}/a", $"{site}/sub/b"], sent.Select(file => file.Source).Order());
        var received = await Client.DownloadAsync(
            _folder.File("there"), _folder.File("back"), progress: progress, cancellationToken: Stop);
        Assert.Equal(2, received.Count);
        Assert.Equal(4, progress.Copied.Count);
        Assert.Equal("two", await File.ReadAllTextAsync(_folder.File("back/sub/b"), Stop));
    }

    [Fact]
    public async Task A_file_goes_into_a_folder_that_exists()
    {
        var file = _folder.Write("file", "content");
        Directory.CreateDirectory(_folder.File("into"));
        var copied = Assert.Single(await Client.UploadAsync(file, _folder.File("into"), cancellationToken: Stop));
        Assert.Equal(_folder.File("into/file"), copied.Destination);
        Assert.Equal(7, copied.Length);
        Assert.Equal("content", await File.ReadAllTextAsync(_folder.File("into/file"), Stop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_not_there_is_an_error(bool down)
    {
        var missing = _folder.File("missing");
        var error = await Assert.ThrowsAsync<SshException>(() => down
            ? Client.DownloadAsync(missing, _folder.File("x"), cancellationToken: Stop)
            : Client.UploadAsync(missing, _folder.File("x"), cancellationToken: Stop));
        Assert.Equal(SshError.FileNotFound, error.Error);
        Assert.Contains(missing, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_recursion_a_folder_is_an_error()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => Client.UploadAsync(
            MakeFolder(), _folder.File("there"), new SftpCopyOptions(), cancellationToken: Stop));
        Assert.Equal(SshError.FileFailed, error.Error);
        Assert.False(Directory.Exists(_folder.File("there")));
    }

    [Fact]
    public async Task One_thing_that_cannot_be_copied_is_told_when_the_rest_is()
    {
        var site = MakeFolder();
        Assert.Equal(0, Mono.Unix.Native.Syscall.mkfifo(
            $"{site}/pipe", Mono.Unix.Native.FilePermissions.S_IRUSR | Mono.Unix.Native.FilePermissions.S_IWUSR));
        var error = await Assert.ThrowsAsync<SshException>(
            () => Client.UploadAsync(site, _folder.File("there"), cancellationToken: Stop));
        Assert.Equal(SshError.FileFailed, error.Error);
        Assert.StartsWith($"cannot copy {site}/pipe: ", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("there/a")) && File.Exists(_folder.File("there/sub/b")));
    }

    [Fact]
    public async Task Several_things_that_cannot_be_copied_are_counted_and_all_are_there_to_be_looked_at()
    {
        var site = MakeFolder();
        File.CreateSymbolicLink($"{site}/one", "nowhere");
        File.CreateSymbolicLink($"{site}/two", "nowhere");
        var error = await Assert.ThrowsAsync<SshException>(
            () => Client.DownloadAsync(site, _folder.File("back"), cancellationToken: Stop));
        Assert.StartsWith("2 things were not copied; the first: cannot read x:", error.Message, StringComparison.Ordinal);
        var all = Assert.IsType<AggregateException>(error.InnerException).InnerExceptions;
        Assert.Equal(2, all.Count);
        Assert.All(all, one => Assert.Equal(SshError.FileNotFound, Assert.IsType<SshException>(one).Error));
        Assert.True(File.Exists(_folder.File("back/a")));
    }

    [Fact]
    public async Task Who_gives_up_leaves_no_file_under_its_name()
    {
        using var cancelled = new CancellationTokenSource();
        using (var sparse = File.Create(_folder.File("large"))) sparse.SetLength(8L << 30);
        var copying = Client.UploadAsync(_folder.File("large"), _folder.File("there"), cancellationToken: cancelled.Token);
        await Eventually.TrueAsync(
            () => Directory.GetFiles(_folder.Path).Any(
                file => file.EndsWith(SftpCopier.PartialSuffix, StringComparison.Ordinal)),
            "the file is begun");
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying);
        Assert.False(File.Exists(_folder.File("there")));
    }

    [Fact]
    public async Task A_server_whose_sftp_does_not_start_says_how_it_ended()
    {
        await using var sshd = await TestSshd.StartAsync("ForceCommand exit 7");
        await using var client = await SshClient.ConnectAsync(
            "x", new SshClientOptions { ConfigFile = sshd.SshConfig }, Stop);
        var error = await Assert.ThrowsAsync<SshException>(
            () => client.UploadAsync(_folder.Write("file", ""), "x", cancellationToken: Stop));
        Assert.Equal(SshError.ConnectionLost, error.Error);
        Assert.Equal("the sftp server of x has ended with exit status 7", error.Message);
    }

    [Fact]
    public async Task Whom_and_what_must_be_said()
    {
        var nobody = (SshClient)null!;
        await Assert.ThrowsAsync<ArgumentNullException>(() => nobody.UploadAsync("a", "b", cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Client.UploadAsync(null!, "b", cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Client.DownloadAsync("a", null!, cancellationToken: Stop));
    }

    private string MakeFolder()
    {
        Directory.CreateDirectory(_folder.File("site/sub"));
        _folder.Write("site/a", "one");
        _folder.Write("site/sub/b", "two");
        return _folder.File("site");
    }

    private sealed class Progress : IProgress<SftpCopied>
    {
        private readonly List<SftpCopied> _copied = [];

        public IReadOnlyList<SftpCopied> Copied
        {
            get { lock (_copied) return [.. _copied]; }
        }

        public void Report(SftpCopied value)
        {
            lock (_copied) _copied.Add(value);
        }
    }
}
