using Mono.Unix.Native;
using SshMux.Engine.Sftp;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Sftp.Local;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

/// <summary>Refusals of a server and failures of files here, as a person reads them.</summary>
public sealed class SftpErrorsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The numbers are the draft's, section 7.
    [Theory]
    [InlineData(0, "", SshError.FileFailed, "the server gave no answer but success")]
    [InlineData(0, "Success", SshError.FileFailed, "the server gave no answer but success")]
    [InlineData(1, "", SshError.FileFailed, "end of file")]
    [InlineData(2, "No such file", SshError.FileNotFound, "no such file")]
    [InlineData(2, "", SshError.FileNotFound, "no such file")]
    [InlineData(3, "", SshError.FileDenied, "permission denied")]
    [InlineData(3, "READ ONLY", SshError.FileDenied, "READ ONLY")]
    [InlineData(4, "Failure", SshError.FileFailed, "the server says only that it failed")]
    [InlineData(4, " Quota exceeded\n", SshError.FileFailed, "quota exceeded")]
    [InlineData(4, "\u001b[2J", SshError.FileFailed, "?[2J")]
    [InlineData(8, "", SshError.NotSupported, "the server does not support it")]
    [InlineData(99, "x", SshError.FileFailed, "x")]
    public void A_servers_status_has_its_words_or_the_usual_ones(uint code, string said, SshError expected, string words)
    {
        var error = SftpErrors.From(new SftpStatus((SftpStatusCode)code, said), "read web1:/x");
        Assert.Equal((expected, $"cannot read web1:/x: {words}"), (error.Error, error.Message));
        Assert.Equal(words, SftpErrors.Reason(error));
        Assert.Equal("cannot read web1:/x: the disk is full", SftpErrors.Because(error, "the disk is full").Message);
    }

    [Fact]
    public void Failures_of_files_here_have_the_systems_reason_without_their_path()
    {
        foreach (var (exception, expected, words) in new (Exception, SshError, string)[]
        {
            (new FileNotFoundException("x"), SshError.FileNotFound, "no such file"),
            (new DirectoryNotFoundException("x"), SshError.FileNotFound, "no such file"),
            (new UnauthorizedAccessException("x"), SshError.FileDenied, "permission denied"),
            (new IOException("No space left on device : '/the/path'"), SshError.FileFailed, "no space left on device"),
            (new NotSupportedException("Not that"), SshError.FileFailed, "not that"),
            (new ArgumentException("X"), SshError.FileFailed, "X"),
        })
        {
            Assert.True(SftpErrors.IsLocal(exception));
            var error = SftpErrors.Local("write", "/a", exception);
            Assert.Equal((expected, $"cannot write /a: {words}"), (error.Error, error.Message));
            Assert.Same(exception, error.InnerException);
        }

        Assert.False(SftpErrors.IsLocal(new InvalidOperationException()));
        foreach (var (errno, expected, words) in new[]
        {
            (Errno.ENOENT, SshError.FileNotFound, "no such file"),
            (Errno.ENOTDIR, SshError.FileNotFound, "no such file"),
            (Errno.EACCES, SshError.FileDenied, "permission denied"),
            (Errno.EPERM, SshError.FileDenied, "permission denied"),
            (Errno.ELOOP, SshError.FileFailed, "it is a symbolic link"),
            (Errno.ENOSPC, SshError.FileFailed, "no space left on device"),
        })
        {
            var error = UnixFileErrors.From("write", "/a", errno);
            Assert.Equal((expected, $"cannot write /a: {words}"), (error.Error, error.Message));
        }
    }

    [Fact]
    public void What_is_not_there_or_is_something_else_is_named()
    {
        var (missing, file) = (_folder.File("missing"), _folder.Write("file", "x"));
        var folder = LocalFileSystem.This.Find(_folder.Path, followLink: false)!.Value;
        Fails(SshError.FileNotFound, "read", () => LocalFileSystem.This.OpenToRead(missing), missing);
        Fails(SshError.FileNotFound, "read", () => LocalFileSystem.This.OpenToRead($"{missing}/caf\uDCE9"), $"{missing}/caf");
        Fails(SshError.FileNotFound, "read the folder", () => Assert.Empty(LocalFileSystem.This.List(missing)), missing);
        Fails(SshError.FileNotFound, "make the folder", () => LocalFileSystem.This.TryMakeFolder($"{file}/x", default), $"{file}/x");
        Assert.False(LocalFileSystem.This.TryMakeFolder(file, default));
        Fails(SshError.FileNotFound, "write", () => LocalFileSystem.This.OpenThere(missing, missing), missing);
        Fails(SshError.FileNotFound, "write", () => LocalFileSystem.This.TryCreate($"{missing}/x", default, missing), missing);
        const string doing = "set mode and times of";
        Fails(SshError.FileNotFound, doing, () => LocalFileSystem.This.SetAttributesOfFolder(missing, folder, null, null), missing);
        Directory.CreateDirectory(_folder.File("other"));
        Fails(
            SshError.FileFailed, doing,
            () => LocalFileSystem.This.SetAttributesOfFolder(_folder.File("other"), folder, default, null), _folder.File("other"));
        Assert.Null(LocalFileSystem.This.TryTakeUp(missing, default, missing));
        Assert.Null(LocalFileSystem.This.TryTakeUp(_folder.Path, default, _folder.Path));
        using (var created = LocalFileSystem.This.TryCreate(_folder.File("new"), SftpLocal.OwnerReadWrite, "shown")!)
        {
            Assert.Null(LocalFileSystem.This.TryCreate(_folder.File("new"), SftpLocal.OwnerReadWrite, "shown"));
            Fails(SshError.FileNotFound, "write", () => created.Rename($"{missing}/x"), "shown");
            created.RemoveQuietly();
            created.RemoveQuietly();
            Assert.Contains(
                "replaced", Assert.Throws<SshException>(() => created.Rename(file)).Message, StringComparison.Ordinal);
        }

        static void Fails(SshError expected, string doing, Action action, string name)
        {
            var error = Assert.Throws<SshException>(action);
            Assert.Equal(expected, error.Error);
            Assert.StartsWith($"cannot {doing} {name}", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, 0, 0, 261_120, 261_120)] // no limits known: our own
    [InlineData(34_000, 0, 0, 32_976, 32_976)]
    [InlineData(1_000_000, 65_536, 4_096, 65_536, 4_096)]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 261_120, 261_120)]
    public void A_servers_limits_are_kept(ulong packet, ulong read, ulong write, int readLength, int writeLength) =>
        Assert.Equal(new SftpLimits(readLength, writeLength), SftpLimits.From(packet, read, write));

    [Theory]
    [InlineData(1, 0, 0, false)] // a file system that does not count files
    [InlineData(1, 100, 1, false)]
    [InlineData(1, 100, 0, true)]
    [InlineData(0, 100, 1, true)]
    public void A_file_system_is_full_without_blocks_or_without_files(
        ulong freeBlocks, ulong files, ulong freeFiles, bool isFull)
    {
        ulong[] numbers = [4096, 4096, 1000, 9, freeBlocks, files, 9, freeFiles, 0, 0, 255];
        var body = numbers.SelectMany(number => BitConverter.GetBytes(number).Reverse()).ToArray();
        Assert.Equal(isFull, SftpCodec.DecodeIsFull(body));
    }
}
