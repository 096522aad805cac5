using System.Net;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>What the user is told and asked about a host's key, where ssh(1) has words in its words.</summary>
internal sealed class HostKeyMessages(HostConfiguration configuration, KnownHostName host, HostKeyLookup lookup)
{
    /// <summary>What ssh(1) says in the end, and programs look for.</summary>
    public const string Failed = "Host key verification failed.";

    private const int MaxOtherNames = 8;

    /// <summary>The key type as OpenSSH's messages name it.</summary>
    public static string ShortType(string keyType) => keyType switch
    {
        "ssh-ed25519" => "ED25519",
        "ssh-rsa" => "RSA",
        SshAlgorithms.MlDsa44Ed25519 => "MLDSA44-ED25519",
        "sk-ssh-ed25519@openssh.com" => "ED25519-SK",
        "sk-ecdsa-sha2-nistp256@openssh.com" => "ECDSA-SK",
        _ when keyType.StartsWith("ecdsa-", StringComparison.Ordinal) => "ECDSA",
        _ => keyType,
    };

    /// <summary>The key's fingerprint.</summary>
    public string Show(SshPublicKey key) => Show(key.Blob.Span);

    /// <summary>
    /// The picture of a host that is known, so that a false one stands out; null if VisualHostKey is off.
    /// </summary>
    public string? Known(SshPublicKey key) =>
        configuration.VisualHostKey ? $"Host key fingerprint is {Show(key)}{Picture(key)}" : null;

    /// <summary>That the key, or its authority, is marked @revoked.</summary>
    public string Revoked(SshPublicKey key, KnownHostsEntry entry)
    {
        var what = entry.Key.Span.SequenceEqual(key.Blob.Span)
            ? $"({Show(key)}) is"
            : $"({Show(key)}) has a certificate of the authority {Show(entry.Key.Span)}, which is";
        return $"WARNING: REVOKED HOST KEY DETECTED! The {ShortType(key.KeyType)} host key of '{host}' {what} marked " +
            $"as revoked in {Place(entry)}: it may be stolen, and someone may use it to impersonate the host";
    }

    /// <summary>That the key is in a file of RevokedHostKeys.</summary>
    /// <param name="key">The key.</param>
    /// <param name="why">What the file says, as <see cref="RevokedKeys.WhyRevoked"/> has it.</param>
    public SshException RevokedByFile(SshPublicKey key, string why) => new(
        SshError.HostKeyRevoked,
        $"{Failed} The {ShortType(key.KeyType)} host key of '{host}' ({Show(key)}) {why}: it may be " +
        "stolen, and someone may use it to impersonate the host");

    /// <summary>That the host has another key than is known.</summary>
    public string Changed(SshPublicKey key, KnownHostsEntry entry) =>
        $"""
        WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! The host key of '{host}' has changed:
        either someone is between you and the host, or the host has new keys.
          offered:  {ShortType(key.KeyType)} {Show(key)}
          recorded: {ShortType(entry.KeyType)} {Show(entry.Key.Span)} in {Place(entry)}
        Offending {ShortType(entry.KeyType)} key in {Place(entry)}
        """;

    /// <summary>What to do about a changed key that is right.</summary>
    public string Remedy(KnownHostsEntry entry) => HostKeyLookup.IsFromCommand(entry)
        ? "\nIf you know that the change is right, have the KnownHostsCommand print the new key: " +
          configuration.KnownHostsCommand
        : $"\nIf you know that the change is right, remove the old keys with:\n" +
          $"  ssh-keygen -f '{entry.File}' -R '{NameIn(entry)}'";

    /// <summary>Whether a key is accepted that is not known.</summary>
    /// <param name="known">What is known.</param>
    /// <param name="key">The key.</param>
    /// <param name="address">The host's address, as far as it is known.</param>
    /// <param name="certificateProblem">Why the key's certificate does not count; null if it has none.</param>
    public string Question(KnownHosts known, SshPublicKey key, IPAddress? address, string? certificateProblem)
    {
        var others = known.KnownKeyTypes(host.Host, host.Port).Count > 0
            ? "\nbut keys of different type are already known for this host."
            : ".";
        var certificate = certificateProblem is null
            ? ""
            : $"Its certificate is not accepted because {certificateProblem}.\n";
        var dns = configuration.AsksDns
            ? "VerifyHostKeyDNS is not supported: DNS was not asked for the fingerprint.\n"
            : "";
        return
            $"The authenticity of host '{host}{(address is null ? "" : $" ({address})")}' can't be established" +
            $"{others}\n{certificate}{ShortType(key.KeyType)} key fingerprint is {Show(key)}{Picture(key)}\n" +
            $"{dns}{OtherNames(known, key)}\n" +
            "Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
    }

    /// <summary>That a key which is not known is not accepted.</summary>
    /// <param name="known">What is known.</param>
    /// <param name="key">The key.</param>
    /// <param name="certificateProblem">Why the key's certificate does not count; null if it has none.</param>
    /// <param name="why">Why nobody accepts it.</param>
    public SshException Unknown(KnownHosts known, SshPublicKey key, string? certificateProblem, string why)
    {
        var unreadable = known.UnreadableFiles;
        return new SshException(
            SshError.HostKeyUnknown,
            $"{Failed} No {ShortType(key.KeyType)} host key is known for {host} and {why}. " +
            (certificateProblem is null ? "" : $"Its certificate is not accepted because {certificateProblem}. ") +
            $"Its fingerprint is {Show(key)}; looked in {string.Join(", ", lookup.Places)}" +
            (unreadable.Count > 0 ? $" (cannot be read: {string.Join(", ", unreadable)})" : "") +
            (configuration.AsksDns ? ", and not in DNS, since VerifyHostKeyDNS is not supported" : "") +
            ". Compare it with the host's own (ssh-keygen -l -f on its key file), then accept it once with " +
            Advice.Words.AcceptHostKey);
    }

    /// <summary>
    /// That a key's certificate does not count, and the key alone is not of an algorithm that is allowed.
    /// </summary>
    public SshException NotAllowed(SshPublicKey key, string? certificateProblem) => new(
        SshError.HostKeyUnknown,
        $"{Failed} The certificate of '{host}' is not accepted because {certificateProblem}, and its plain " +
        $"{ShortType(key.KeyType)} key is not among the HostKeyAlgorithms");

    private static string Place(KnownHostsEntry entry) => $"{entry.File}:{entry.Line}";

    private string NameIn(KnownHostsEntry entry)
    {
        var name = host.ToString();
        return entry.IsFor(name) ? name : host.WithoutPort;
    }

    private string Show(ReadOnlySpan<byte> key) => KeyFingerprint.Of(key, configuration.FingerprintHash);

    /// <summary>The key's picture, if VisualHostKey asks for it: a line end, and its lines.</summary>
    private string Picture(SshPublicKey key) => configuration.VisualHostKey
        ? "\n" + RandomArt.Draw(key.Blob.Span, ShortType(key.KeyType), key.Bits, configuration.FingerprintHash)
        : "";

    /// <summary>Under which other names the key is known, as ssh(1) tells it.</summary>
    private string OtherNames(KnownHosts known, SshPublicKey key)
    {
        var name = host.ToString();
        var lines = known.Entries
            .Where(entry => entry.Marker == KnownHostsMarker.None
                && entry.Key.Span.SequenceEqual(key.Blob.Span) && !entry.IsFor(name))
            .Select(entry => $"\n    {Place(entry)}: {(entry.IsHashed ? "[hashed name]" : entry.Hosts)}")
            .ToArray();
        return lines.Length == 0
            ? "This key is not known by any other names."
            : "This host key is known by the following other names/addresses:" +
              string.Concat(lines.Take(MaxOtherNames)) +
              (lines.Length > MaxOtherNames ? $"\n    ({lines.Length - MaxOtherNames} additional names omitted)" : "");
    }
}
