using System.ComponentModel;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;

namespace SshMux.Engine.Platform.Files;

/// <summary>Shared files of Unix, where a name can be given to another file at any time.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixSharedFiles : SharedFiles
{
    private readonly UnixOwnFiles _files = new();

    /// <inheritdoc/>
    public override bool IsOrdinary(string file) =>
        Syscall.stat(file, out var status) == 0
        && (status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFREG;

    /// <inheritdoc/>
    public override FileStream OpenRead(string file) => LocalFiles.Current.OpenRead(file);

    /// <inheritdoc/>
    public override void Append(string file, byte[] lines)
    {
        for (var tries = 0; tries < 10; tries++)
        {
            using var descriptor = _files.OpenLinkedToAppend(file, out var real);
            AppendAll(descriptor.Number, LacksLineEnd(descriptor.Number) ? [(byte)'\n', .. lines] : lines);

            // Another process may have put a new file in the place of the one that was open: then once more.
            if (Syscall.fstat(descriptor.Number, out var written) != 0 || Syscall.stat(real, out var there) != 0
                || (written.st_dev == there.st_dev && written.st_ino == there.st_ino))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public override void Replace(string file, byte[] content)
    {
        var temporary = $"{file}.{Path.GetRandomFileName()}";
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
                TakeOver(file, stream.SafeFileHandle);
            }

            var backup = file + ".old";
            File.Delete(backup);
            if (Syscall.link(file, backup) != 0) throw new Win32Exception((int)SystemError.Last);
            File.Move(temporary, file, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static unsafe bool LacksLineEnd(int descriptor)
    {
        var end = Syscall.lseek(descriptor, 0, SeekFlags.SEEK_END);
        byte last;
        return end > 0 && Syscall.pread(descriptor, &last, 1, end - 1) == 1 && last != '\n';
    }

    /// <summary>All of it or nothing: half a line would be the beginning of whatever comes next.</summary>
    private static unsafe void AppendAll(int descriptor, ReadOnlySpan<byte> bytes)
    {
        var done = 0L;
        fixed (byte* start = bytes)
        {
            while (done < bytes.Length)
            {
                var written = Syscall.write(descriptor, start + done, (ulong)(bytes.Length - done));
                if (written > 0)
                {
                    done += written;
                    continue;
                }

                var error = written == 0 ? Errno.ENOSPC : SystemError.Last;
                if (error == Errno.EINTR) continue;
                if (done > 0) TakeBack(descriptor, done);
                throw new Win32Exception((int)error);
            }
        }
    }

    /// <summary>
    /// Cuts off the bytes that were written last, unless another process has appended something behind them: then they
    /// stay, as a line that is no entry.
    /// </summary>
    private static void TakeBack(int descriptor, long count)
    {
        var end = Syscall.lseek(descriptor, 0, SeekFlags.SEEK_CUR);
        if (end < count || Syscall.fstat(descriptor, out var status) != 0 || status.st_size != end) return;
        _ = Syscall.ftruncate(descriptor, end - count);
    }

    /// <summary>Gives a file the permissions, and where it may the owner, of another.</summary>
    private static void TakeOver(string from, SafeFileHandle to)
    {
        if (Syscall.stat(from, out var status) != 0) throw new Win32Exception((int)SystemError.Last);

        // Fails unless root does it, and then the owner is the same anyway.
        _ = Syscall.fchown((int)to.DangerousGetHandle(), (int)status.st_uid, (int)status.st_gid);
        File.SetUnixFileMode(to, File.GetUnixFileMode(from));
    }
}
