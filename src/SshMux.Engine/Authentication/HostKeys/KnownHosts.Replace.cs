using System.ComponentModel;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Mono.Unix.Native;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;

namespace SshMux.Engine.Authentication.HostKeys;

/// <content>Replacing a host's keys in a file.</content>
internal sealed partial class KnownHosts
{
    /// <summary>
    /// Replaces the keys of a host in a file by others: the lines of keys that it keeps stay, those of other keys go,
    /// and new keys are added at the end. Everything else stays byte for byte, marked lines too. The new file takes
    /// the place of the old one in one step; the old one stays beside it as "name.old", as ssh(1) and ssh-keygen(1) do.
    /// </summary>
    /// <param name="file">The known_hosts file; if there is none, or it is a device, nothing happens.</param>
    /// <param name="name">The host as <see cref="NameOf"/> gives it.</param>
    /// <param name="keys">The keys that the host has, in their wire form.</param>
    /// <param name="add">Whether the keys that are not there are added.</param>
    /// <param name="hashName">Whether added lines hide the name (HashKnownHosts).</param>
    /// <param name="cancellationToken">Gives up while another process changes the file.</param>
    /// <returns>Whether the file was changed.</returns>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it cannot be written.</exception>
    internal static async Task<bool> ReplaceAsync(
        string file,
        string name,
        IReadOnlyList<ReadOnlyMemory<byte>> keys,
        bool add,
        bool hashName,
        CancellationToken cancellationToken)
    {
        try
        {
            // A link stays a link: what it points to is replaced.
            var real = OwnFiles.ResolveLinks(file);
            if (!IsOrdinary(real)) return false;
            using var turn =
                await FolderLock.TakeAsync(Path.GetDirectoryName(real)!, cancellationToken).ConfigureAwait(false);
            var old = new FileStream(
                real, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using var closing = old.ConfigureAwait(false);
            OwnFiles.DemandOwn(old.SafeFileHandle, real);
            var before = await ReadToEndAsync(old, cancellationToken).ConfigureAwait(false);
            var after = Replaced(file, before, name, add ? keys : [], keys, hashName);
            if (after is null) return false;
            WriteBeside(real, after);

            // What another program appended to the old file meanwhile is not lost.
            var late = await ReadToEndAsync(old, cancellationToken).ConfigureAwait(false);
            if (late.Length > 0) Append(real, late);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            throw new SshException(
                SshError.ConfigurationInvalid, $"cannot update the host keys in '{file}': {e.Message}", e);
        }
    }

    /// <summary>A device such as /dev/null, which some have as their known_hosts, must never be replaced.</summary>
    private static bool IsOrdinary(string file) => OperatingSystem.IsWindows()
        ? File.Exists(file)
        : Syscall.stat(file, out var status) == 0
            && (status.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFREG;

    /// <summary>The file's new content; null if it stays as it is.</summary>
    internal static byte[]? Replaced(
        string file,
        byte[] before,
        string name,
        IReadOnlyList<ReadOnlyMemory<byte>> added,
        IReadOnlyList<ReadOnlyMemory<byte>> kept,
        bool hashName)
    {
        using var after = new MemoryStream(before.Length + 1024);
        var missing = added.ToList();
        var number = 0;
        for (var start = 0; start < before.Length;)
        {
            var end = Array.IndexOf(before, (byte)'\n', start) + 1;
            if (end == 0) end = before.Length;
            var line = before.AsSpan(start, end - start);
            start = end;
            var entry = KnownHostsEntry.Parse(file, ++number, Encoding.UTF8.GetString(line.TrimEnd((byte)'\n')));
            if (entry is { Marker: KnownHostsMarker.None } && entry.IsFor(name))
            {
                if (!kept.Any(key => key.Span.SequenceEqual(entry.Key.Span))) continue;
                missing.RemoveAll(key => key.Span.SequenceEqual(entry.Key.Span));
            }

            after.Write(line);
        }

        if (after.Length == before.Length && missing.Count == 0) return null;
        if (missing.Count > 0 && after.Length > 0 && after.GetBuffer()[after.Length - 1] != '\n') after.WriteByte(10);
        foreach (var key in missing) after.Write(Encoding.UTF8.GetBytes(LineOf(name, key.Span, hashName)));
        return after.ToArray();
    }

    private static string LineOf(string name, ReadOnlySpan<byte> key, bool hashName)
    {
        var hosts = hashName ? KnownHostsEntry.HashName(name) : name;
        return $"{hosts} {KnownHostsEntry.TypeOf(key)} {Convert.ToBase64String(key)}\n";
    }

    private static async Task<byte[]> ReadToEndAsync(FileStream stream, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
        return content.ToArray();
    }

    private static void WriteBeside(string file, byte[] content)
    {
        var temporary = $"{file}.{Path.GetRandomFileName()}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
                TakeOver(file, stream.SafeFileHandle);
            }

            var backup = file + ".old";
            File.Delete(backup);
            if (OperatingSystem.IsWindows()) File.Copy(file, backup);
            else if (Syscall.link(file, backup) != 0) throw new Win32Exception((int)SystemError.Last);
            File.Move(temporary, file, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Gives a file the permissions, and where it may the owner, of another.</summary>
    private static void TakeOver(string from, SafeFileHandle to)
    {
        if (OperatingSystem.IsWindows()) return;
        if (Syscall.stat(from, out var status) != 0) throw new Win32Exception((int)SystemError.Last);

        // Fails unless root does it, and then the owner is the same anyway.
        _ = Syscall.fchown((int)to.DangerousGetHandle(), (int)status.st_uid, (int)status.st_gid);
        File.SetUnixFileMode(to, File.GetUnixFileMode(from));
    }
}
