using SshMux.Engine.Configuration;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>What an announcement of host keys changes in known_hosts, by the rules of ssh(1).</summary>
/// <param name="New">Keys that no file has under the host's name; the server must prove that it holds them.</param>
/// <param name="Obsolete">Lines of the host with keys that it does not name any more.</param>
/// <param name="WhyNot">Why known_hosts must stay as it is; null if it need not.</param>
internal sealed record HostKeyPlan(
    IReadOnlyList<SshPublicKey> New, IReadOnlyList<KnownHostsEntry> Obsolete, string? WhyNot)
{
    /// <summary>Compares what the user's files have with what the server names.</summary>
    public static HostKeyPlan Make(KnownHosts known, string name, IReadOnlyList<SshPublicKey> keys)
    {
        var missing = keys.ToList();
        List<KnownHostsEntry> obsolete = [];
        string? why = null;
        foreach (var entry in known.Entries)
        {
            if (!entry.IsFor(name))
            {
                if (keys.Any(key => IsSame(key, entry))) why ??= $"{Place(entry)} has one of them under another name";
            }
            else if (entry.Marker != KnownHostsMarker.None)
            {
                why ??= $"{Place(entry)} has a marker for the host";
            }
            else if (entry.IsHandMade)
            {
                why ??= $"{Place(entry)} has wildcards or several names";
            }
            else if (missing.RemoveAll(key => IsSame(key, entry)) == 0 && !keys.Any(key => IsSame(key, entry)))
            {
                obsolete.Add(entry);
            }
        }

        // A host with several names must not lose a key under one of them only.
        var elsewhere = known.Entries.FirstOrDefault(entry => !entry.IsFor(name)
            && obsolete.Any(old => old.Key.Span.SequenceEqual(entry.Key.Span)));
        if (elsewhere is not null) why ??= $"{Place(elsewhere)} has an obsolete one under another name";
        return new HostKeyPlan(missing, obsolete, why);
    }

    /// <summary>Whether there is nothing to change.</summary>
    public bool IsEmpty => New.Count == 0 && Obsolete.Count == 0;

    /// <summary>The changes in ssh(1)'s words.</summary>
    public IEnumerable<string> Describe(FingerprintHash hash) =>
    [
        .. New.Select(key => "Learned new hostkey: " + Show(key.KeyType, key.Blob, hash)),
        .. Obsolete.Select(entry => "Deprecating obsolete hostkey: " + Show(entry.KeyType, entry.Key, hash)),
    ];

    private static string Show(string type, ReadOnlyMemory<byte> key, FingerprintHash hash) =>
        $"{HostKeyMessages.ShortType(type)} {KeyFingerprint.Of(key.Span, hash)}";

    private static bool IsSame(SshPublicKey key, KnownHostsEntry entry) =>
        key.Blob.Span.SequenceEqual(entry.Key.Span);

    private static string Place(KnownHostsEntry entry) => $"{entry.File}:{entry.Line}";
}
