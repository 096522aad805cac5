using Mono.Unix.Native;
using SshMux.Engine.Sftp.Copying;
using SshMux.Engine.Sftp.Local;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Sftp;

public sealed class LocalFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_can_be_opened_though_a_program_that_starts_still_has_the_descriptor()
    {
        var path = _folder.File("file");
        using var file = LocalFileSystem.This.TryCreate(path, SftpLocal.OwnerReadWrite, path)!;
        RandomAccess.Write(file.Handle, "text"u8, 0);
        Assert.Throws<IOException>(() => File.ReadAllText(path));

        // As between fork(2) and execve(2).
        var inherited = Syscall.dup((int)file.Handle.DangerousGetHandle());
        try
        {
            file.Dispose();
            Assert.Equal("text", File.ReadAllText(path));
        }
        finally
        {
            _ = Syscall.close(inherited);
        }
    }
}
