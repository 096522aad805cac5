using System.Buffers;
using System.ComponentModel;
using System.Text;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;

namespace SshMux.Engine.Authentication.HostKeys;

/// <content>Adding keys to a file.</content>
internal sealed partial class KnownHosts
{
    // Characters that mean something in the hosts field; a name with one of them is never written (as in OpenSSH).
    private static readonly SearchValues<char> UnwritableCharacters =
        SearchValues.Create("@?*#[]|'\"\\, \t\r\n\0");

    /// <summary>
    /// Appends a host's key to a file, in one write, so that what others write at the same time stays whole; nothing
    /// else in the file changes. Creates the file, and ~/.ssh (mode 0700), if they do not exist.
    /// </summary>
    /// <param name="file">The known_hosts file.</param>
    /// <param name="host">The host's name, or its HostKeyAlias (then with port 22).</param>
    /// <param name="port">The port.</param>
    /// <param name="key">The public key in its wire form.</param>
    /// <param name="hashName">Whether to hide the name (HashKnownHosts).</param>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it cannot be written.</exception>
    public static void Add(string file, string host, int port, ReadOnlySpan<byte> key, bool hashName)
    {
        if (host.AsSpan().IndexOfAny(UnwritableCharacters) >= 0)
        {
            throw NotAdded(file, $"the name '{host}' has characters that known_hosts cannot hold");
        }

        var name = NameOf(host, port);
        var line = LineOf(name, key, hashName);
        try
        {
            CreateUserFolder(file);
            Append(file, Encoding.UTF8.GetBytes(line));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            throw NotAdded(file, e.Message, e);
        }
    }

    /// <summary>In the words of ssh(1), and then why.</summary>
    private static SshException NotAdded(string file, string why, Exception? inner = null) => new(
        SshError.ConfigurationInvalid, $"Failed to add the host to the list of known hosts ({file}): {why}", inner);

    private static void CreateUserFolder(string file)
    {
        var folder = Path.Combine(LocalUser.Current.HomeFolder, ".ssh");
        if (!file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return;
        if (Directory.Exists(folder)) return;
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, ownerOnly);
    }

    private static void Append(string file, byte[] line)
    {
        if (OperatingSystem.IsWindows())
        {
            using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.Read);
            stream.Write(line);
            return;
        }

        for (var tries = 0; tries < 10; tries++)
        {
            using var descriptor = OwnFiles.OpenLinkedToAppend(file, out var real);
            AppendAll(descriptor.Number, LacksLineEnd(descriptor.Number) ? [(byte)'\n', .. line] : line);

            // Another process may have put a new file in the place of the one that was open: then once more.
            if (Syscall.fstat(descriptor.Number, out var written) != 0 || Syscall.stat(real, out var there) != 0
                || (written.st_dev == there.st_dev && written.st_ino == there.st_ino))
            {
                return;
            }
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
}
