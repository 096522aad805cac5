using System.Buffers;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Mono.Unix.Native;

namespace SshMux.Engine.Configuration;

/// <content>Adding keys to a file.</content>
public sealed partial class KnownHosts
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

    private static SshException NotAdded(string file, string why, Exception? inner = null) =>
        new(SshError.ConfigurationInvalid, $"cannot add the host key to '{file}': {why}", inner);

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

        // .NET's FileMode.Append seeks to the end and writes there, and so may write over what another process appended
        // meanwhile. O_APPEND does both in one step.
        const FilePermissions mode =
            FilePermissions.S_IRUSR | FilePermissions.S_IWUSR | FilePermissions.S_IRGRP | FilePermissions.S_IROTH;
        for (var tries = 0; tries < 10; tries++)
        {
            var descriptor = Syscall.open(
                file, OpenFlags.O_RDWR | OpenFlags.O_APPEND | OpenFlags.O_CREAT | OpenFlags.O_CLOEXEC, mode);
            if (descriptor < 0) throw LastError();
            try
            {
                WriteAll(descriptor, LacksLineEnd(descriptor) ? [(byte)'\n', .. line] : line);

                // Another process may have put a new file in the place of the one that was open: then once more.
                if (Syscall.fstat(descriptor, out var written) != 0 || Syscall.stat(file, out var there) != 0
                    || (written.st_dev == there.st_dev && written.st_ino == there.st_ino))
                {
                    return;
                }
            }
            finally
            {
                _ = Syscall.close(descriptor);
            }
        }
    }

    private static unsafe bool LacksLineEnd(int descriptor)
    {
        var end = Syscall.lseek(descriptor, 0, SeekFlags.SEEK_END);
        byte last;
        return end > 0 && Syscall.pread(descriptor, &last, 1, end - 1) == 1 && last != '\n';
    }

    private static unsafe void WriteAll(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0L; done < bytes.Length;)
            {
                var written = Syscall.write(descriptor, start + done, (ulong)(bytes.Length - done));
                if (written >= 0) done += written;
                else if (Stdlib.GetLastError() != Errno.EINTR) throw LastError();
            }
        }
    }

    private static Win32Exception LastError() => new(Marshal.GetLastPInvokeError());
}
