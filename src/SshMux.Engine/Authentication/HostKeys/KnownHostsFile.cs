using System.Buffers;
using System.ComponentModel;
using System.Text;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Files;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>A known_hosts file that is written: keys are added, and those of a host replaced.</summary>
/// <param name="path">Where it lies.</param>
/// <param name="hashNames">Whether lines that are added hide the name (HashKnownHosts).</param>
internal sealed class KnownHostsFile(string path, bool hashNames)
{
    // Characters that mean something in the hosts field; a name with one of them is never written (as in OpenSSH).
    private static readonly SearchValues<char> UnwritableCharacters =
        SearchValues.Create("@?*#[]|'\"\\, \t\r\n\0");

    /// <summary>
    /// Appends a host's key, in one write, so that what others write at the same time stays whole; nothing else in the
    /// file changes. Creates the file, and ~/.ssh (for this user alone), if they do not exist.
    /// </summary>
    /// <param name="host">The host's name, or its HostKeyAlias (then with port 22).</param>
    /// <param name="port">The port.</param>
    /// <param name="key">The public key in its wire form.</param>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it cannot be written.</exception>
    public void Add(string host, int port, ReadOnlySpan<byte> key)
    {
        if (host.AsSpan().IndexOfAny(UnwritableCharacters) >= 0)
        {
            throw NotAdded($"the name '{host}' has characters that known_hosts cannot hold");
        }

        var line = LineOf(KnownHosts.NameOf(host, port), key);
        try
        {
            CreateFolder();
            SharedFiles.Current.Append(path, Encoding.UTF8.GetBytes(line));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            throw NotAdded(e.Message, e);
        }
    }

    /// <summary>
    /// Replaces the keys of a host by others: the lines of keys that it keeps stay, those of other keys go, and new
    /// keys are added at the end. Everything else stays byte for byte, marked lines too. The new file takes the place
    /// of the old one in one step; the old one stays beside it as "name.old", as ssh(1) and ssh-keygen(1) do. If there
    /// is no file, or it is a device, nothing happens.
    /// </summary>
    /// <param name="name">The host as <see cref="KnownHosts.NameOf"/> gives it.</param>
    /// <param name="keys">The keys that the host has, in their wire form.</param>
    /// <param name="add">Whether the keys that are not there are added.</param>
    /// <param name="cancellationToken">Gives up while another process changes the file.</param>
    /// <returns>Whether the file was changed.</returns>
    /// <exception cref="SshException"><see cref="SshError.ConfigurationInvalid"/>: it cannot be written.</exception>
    public async Task<bool> ReplaceAsync(
        string name, IReadOnlyList<ReadOnlyMemory<byte>> keys, bool add, CancellationToken cancellationToken)
    {
        try
        {
            // A link stays a link: what it points to is replaced.
            var real = OwnFiles.Current.ResolveLinks(path);
            if (!SharedFiles.Current.IsOrdinary(real)) return false;
            using var turn =
                await FolderLock.TakeAsync(Path.GetDirectoryName(real)!, cancellationToken).ConfigureAwait(false);
            var old = new FileStream(
                real, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using var closing = old.ConfigureAwait(false);
            OwnFiles.Current.DemandOwn(old.SafeFileHandle, real);
            var before = await ReadToEndAsync(old, cancellationToken).ConfigureAwait(false);
            var after = Replaced(before, name, add ? keys : [], keys);
            if (after is null) return false;
            SharedFiles.Current.Replace(real, after);

            // What another program appended to the old file meanwhile is not lost.
            var late = await ReadToEndAsync(old, cancellationToken).ConfigureAwait(false);
            if (late.Length > 0) SharedFiles.Current.Append(real, late);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            throw new SshException(
                SshError.ConfigurationInvalid, $"cannot update the host keys in '{path}': {e.Message}", e);
        }
    }

    /// <summary>The file's new content; null if it stays as it is.</summary>
    internal byte[]? Replaced(
        byte[] before,
        string name,
        IReadOnlyList<ReadOnlyMemory<byte>> added,
        IReadOnlyList<ReadOnlyMemory<byte>> kept)
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
            var entry = KnownHostsEntry.Parse(path, ++number, Encoding.UTF8.GetString(line.TrimEnd((byte)'\n')));
            if (entry is { Marker: KnownHostsMarker.None } && entry.IsFor(name))
            {
                if (!kept.Any(key => key.Span.SequenceEqual(entry.Key.Span))) continue;
                missing.RemoveAll(key => key.Span.SequenceEqual(entry.Key.Span));
            }

            after.Write(line);
        }

        if (after.Length == before.Length && missing.Count == 0) return null;
        if (missing.Count > 0 && after.Length > 0 && after.GetBuffer()[after.Length - 1] != '\n') after.WriteByte(10);
        foreach (var key in missing) after.Write(Encoding.UTF8.GetBytes(LineOf(name, key.Span)));
        return after.ToArray();
    }

    private static async Task<byte[]> ReadToEndAsync(FileStream stream, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
        return content.ToArray();
    }

    /// <summary>Creates ~/.ssh, for this user alone, if it does not exist and the file is to be there.</summary>
    private void CreateFolder()
    {
        var folder = Path.Combine(LocalUser.Current.HomeFolder, ".ssh");
        if (!path.StartsWith(folder + Path.DirectorySeparatorChar, LocalFiles.Current.Comparison)) return;
        if (!Directory.Exists(folder)) OwnFiles.Current.CreateFolder(folder);
    }

    private string LineOf(string name, ReadOnlySpan<byte> key)
    {
        var hosts = hashNames ? KnownHostsEntry.HashName(name) : name;
        return $"{hosts} {KnownHostsEntry.TypeOf(key)} {Convert.ToBase64String(key)}\n";
    }

    /// <summary>In the words of ssh(1), and then why.</summary>
    private SshException NotAdded(string why, Exception? inner = null) => new(
        SshError.ConfigurationInvalid, $"Failed to add the host to the list of known hosts ({path}): {why}", inner);
}
