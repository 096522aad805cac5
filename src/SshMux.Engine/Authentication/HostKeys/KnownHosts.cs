using System.Globalization;
using System.Text;
using SshMux.Engine.Platform.Files;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>
/// The host keys that are known: known_hosts files as sshd(8) describes them, with plain and hashed names, patterns,
/// ports, and the markers @revoked and @cert-authority. Gives the answers that OpenSSH gives.
/// </summary>
internal sealed class KnownHosts
{
    private const int DefaultPort = 22;
    private const int BufferLength = 4096;

    private readonly List<KnownHostsEntry> _entries;

    private KnownHosts(List<KnownHostsEntry> entries, IReadOnlyList<string> unreadable)
    {
        _entries = entries;
        UnreadableFiles = unreadable;
    }

    /// <summary>The entries, in the order of the files.</summary>
    internal IReadOnlyList<KnownHostsEntry> Entries => _entries;

    /// <summary>Files that exist but could not be read; they count as empty, as in OpenSSH.</summary>
    public IReadOnlyList<string> UnreadableFiles { get; }

    /// <summary>Reads the files. Those that do not exist are empty; lines that are no entries are ignored.</summary>
    public static KnownHosts Load(IEnumerable<string> files)
    {
        List<KnownHostsEntry> entries = [];
        List<string> unreadable = [];
        foreach (var file in files)
        {
            try
            {
                var number = 0;
                using var reader = new StreamReader(SharedFiles.Current.OpenRead(file), Encoding.UTF8, true, BufferLength);
                while (reader.ReadLine() is { } line)
                {
                    if (KnownHostsEntry.Parse(file, ++number, line) is { } entry) entries.Add(entry);
                }
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // Most users have some of the configured files only.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                unreadable.Add(file);
            }
        }

        return new KnownHosts(entries, unreadable);
    }

    /// <summary>Adds the lines that a program has printed, under a name of their own.</summary>
    internal void Include(string name, string text)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (KnownHostsEntry.Parse(name, ++number, line.ToString()) is { } entry) _entries.Add(entry);
        }
    }

    /// <summary>
    /// How known_hosts names a host: in lower case, and [host]:port unless the port is 22. A HostKeyAlias stands
    /// alone, so give it with port 22.
    /// </summary>
    public static string NameOf(string host, int port)
    {
        var name = host.ToLowerInvariant();
        return port == DefaultPort ? name : $"[{name}]:{port.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>
    /// What is known of a host's key. A host on another port that is not known under [host]:port is also accepted if
    /// its key is known for the host alone.
    /// </summary>
    /// <param name="host">The host's name, or its HostKeyAlias (then with port 22).</param>
    /// <param name="port">The port.</param>
    /// <param name="key">The public key in its wire form.</param>
    public KnownHostsResult Check(string host, int port, ReadOnlySpan<byte> key)
    {
        var result = CheckName(NameOf(host, port), key);
        if (result.Status != KnownHostsStatus.Unknown || port == DefaultPort) return result;
        var withoutPort = CheckName(NameOf(host, DefaultPort), key);
        return withoutPort.Status is KnownHostsStatus.Match or KnownHostsStatus.Revoked ? withoutPort : result;
    }

    /// <summary>
    /// Whether an authority may certify a host's keys: <see cref="KnownHostsStatus.Match"/> with the @cert-authority
    /// line, <see cref="KnownHostsStatus.Revoked"/> if it or the key is marked @revoked, else
    /// <see cref="KnownHostsStatus.Unknown"/>: an authority that is not there is no change.
    /// </summary>
    /// <param name="host">The host's name, or its HostKeyAlias (then with port 22).</param>
    /// <param name="port">The port.</param>
    /// <param name="authority">The authority's key in its wire form.</param>
    /// <param name="key">The certified key in its wire form.</param>
    public KnownHostsResult CheckAuthority(
        string host, int port, ReadOnlySpan<byte> authority, ReadOnlySpan<byte> key)
    {
        var result = CheckAuthorityOf(NameOf(host, port), authority, key);
        return result.Status != KnownHostsStatus.Unknown || port == DefaultPort
            ? result
            : CheckAuthorityOf(NameOf(host, DefaultPort), authority, key);
    }

    /// <summary>Whether an authority is known that may certify the host's keys.</summary>
    public bool HasAuthority(string host, int port)
    {
        var (name, alone) = (NameOf(host, port), NameOf(host, DefaultPort));
        return _entries.Any(entry => entry.Marker == KnownHostsMarker.CertificateAuthority
            && (entry.IsFor(name) || entry.IsFor(alone)));
    }

    /// <summary>
    /// The types of the keys that are known for a host, in the order of the files, so that the host can be asked for
    /// one that can be checked.
    /// </summary>
    public IReadOnlyList<string> KnownKeyTypes(string host, int port)
    {
        var types = KeyTypesOf(NameOf(host, port));
        return types.Count > 0 || port == DefaultPort ? types : KeyTypesOf(NameOf(host, DefaultPort));
    }

    private List<string> KeyTypesOf(string name) =>
    [
        .. _entries.Where(entry => entry.Marker == KnownHostsMarker.None && entry.IsFor(name))
            .Select(entry => entry.KeyType)
            .Distinct(),
    ];

    private KnownHostsResult CheckAuthorityOf(
        string name, ReadOnlySpan<byte> authority, ReadOnlySpan<byte> key)
    {
        KnownHostsEntry? match = null;
        foreach (var entry in _entries)
        {
            if (entry.Marker == KnownHostsMarker.None) continue;
            var isAuthority = entry.Key.Span.SequenceEqual(authority);
            if ((!isAuthority && !entry.Key.Span.SequenceEqual(key)) || !entry.IsFor(name)) continue;
            if (entry.Marker == KnownHostsMarker.Revoked)
            {
                return new KnownHostsResult(KnownHostsStatus.Revoked, entry);
            }

            if (isAuthority) match ??= entry;
        }

        return match is null ? default : new KnownHostsResult(KnownHostsStatus.Match, match);
    }

    private KnownHostsResult CheckName(string name, ReadOnlySpan<byte> key)
    {
        var type = KnownHostsEntry.TypeOf(key);
        KnownHostsEntry? match = null, other = null;
        foreach (var entry in _entries)
        {
            if (entry.Marker == KnownHostsMarker.CertificateAuthority || !entry.IsFor(name)) continue;
            var same = entry.Key.Span.SequenceEqual(key);
            if (entry.Marker == KnownHostsMarker.Revoked)
            {
                // Revocation counts wherever it stands in the files.
                if (same) return new KnownHostsResult(KnownHostsStatus.Revoked, entry);
            }
            else if (same)
            {
                match ??= entry;
            }
            else if (other is null || (other.KeyType != type && entry.KeyType == type))
            {
                other = entry;
            }
        }

        return match is not null ? new KnownHostsResult(KnownHostsStatus.Match, match)
            : other is not null ? new KnownHostsResult(KnownHostsStatus.Changed, other)
            : default;
    }
}
