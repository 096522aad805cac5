using SshMux.Engine.Configuration;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication.HostKeys;

/// <content>What the user is told and asked.</content>
internal sealed partial class HostKeyVerifier
{
    private const string CommandPrefix = "KnownHostsCommand-";
    private const int MaxOtherNames = 8;

    /// <summary>What ssh(1) says in the end, and programs look for.</summary>
    private const string Failed = "Host key verification failed.";

    private static string Place(KnownHostsEntry entry) => $"{entry.File}:{entry.Line}";

    private string Show(SshPublicKey key) => Show(key.Blob.Span);

    private string Show(ReadOnlySpan<byte> key) => KeyFingerprint.Of(key, _configuration.FingerprintHash);

    /// <summary>The key's picture, if VisualHostKey asks for it: a line end, and its lines.</summary>
    private string Picture(SshPublicKey key) => _configuration.VisualHostKey
        ? "\n" + RandomArt.Draw(key.Blob.Span, ShortType(key.KeyType), key.Bits, _configuration.FingerprintHash)
        : "";

    /// <summary>In ssh(1)'s words; it shows the picture of a host that is known, so that a false one stands out.</summary>
    private void ShowKnown(SshPublicKey key)
    {
        if (!_configuration.VisualHostKey) return;
        _interaction.ShowMessage($"Host key fingerprint is {Show(key)}{Picture(key)}");
    }

    private void OnRevoked(SshPublicKey key, KnownHostsEntry entry)
    {
        var what = entry.Key.Span.SequenceEqual(key.Blob.Span)
            ? $"({Show(key)}) is"
            : $"({Show(key)}) has a certificate of the authority " +
              $"{Show(entry.Key.Span)}, which is";
        GoOnUntrusted(
            SshError.HostKeyRevoked,
            $"WARNING: REVOKED HOST KEY DETECTED! The {ShortType(key.KeyType)} host key of '{Name}' {what} marked as revoked in {Place(entry)}: it may " +
            "be stolen, and someone may use it to impersonate the host");
    }

    private void OnChanged(SshPublicKey key, KnownHostsEntry entry)
    {
        var text =
            $"""
            WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! The host key of '{Name}' has changed:
            either someone is between you and the host, or the host has new keys.
              offered:  {ShortType(key.KeyType)} {Show(key)}
              recorded: {ShortType(entry.KeyType)} {Show(entry.Key.Span)} in {Place(entry)}
            Offending {ShortType(entry.KeyType)} key in {Place(entry)}
            """;
        GoOnUntrusted(SshError.HostKeyChanged, text, Remedy(entry));
    }

    private string Remedy(KnownHostsEntry entry) =>
        entry.File.StartsWith(CommandPrefix, StringComparison.Ordinal)
            ? "\nIf you know that the change is right, have the KnownHostsCommand print the new key: " +
              _configuration.KnownHostsCommand
        : $"\nIf you know that the change is right, remove the old keys with:\n" +
          $"  ssh-keygen -f '{entry.File}' -R '{(entry.IsFor(Name) ? Name : KnownHosts.NameOf(_host, DefaultPort))}'";

    /// <summary>
    /// Refuses the key; with StrictHostKeyChecking off the connection goes on without all that a false host could
    /// misuse, as ssh(1) does.
    /// </summary>
    private void GoOnUntrusted(SshError error, string text, string remedy = "")
    {
        if (_configuration.StrictHostKeyChecking != StrictHostKeyChecking.Off)
        {
            throw new SshException(error, $"{Failed} {text}{remedy}");
        }

        if (_configuration is { ExitOnForwardFailure: true, HasForwarding: true })
        {
            throw new SshException(
                error, $"{Failed} {text}\nStrictHostKeyChecking is off, but forwards are not opened to such a host, and " +
                "ExitOnForwardFailure is on");
        }

        IsTrusted = false;
        _configuration.WithdrawForwarding();
        _interaction.ShowMessage(
            $"{text}\nStrictHostKeyChecking is off, so this goes on, but without passwords and forwards.");
    }

    private string Question(KnownHosts known, SshPublicKey key)
    {
        var others = known.KnownKeyTypes(_host, _port).Count > 0
            ? "\nbut keys of different type are already known for this host."
            : ".";
        var certificate = _certificateProblem is null
            ? ""
            : $"Its certificate is not accepted because {_certificateProblem}.\n";
        var dns = _configuration.AsksDns
            ? "VerifyHostKeyDNS is not supported: DNS was not asked for the fingerprint.\n"
            : "";
        return
            $"The authenticity of host '{Name}{(Address is null ? "" : $" ({Address})")}' can't be established" +
            $"{others}\n{certificate}{ShortType(key.KeyType)} key fingerprint is {Show(key)}{Picture(key)}\n" +
            $"{dns}{OtherNames(known, key)}\n" +
            "Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
    }

    /// <summary>Under which other names the key is known, as ssh(1) tells it.</summary>
    private string OtherNames(KnownHosts known, SshPublicKey key)
    {
        var lines = known.Entries
            .Where(entry => entry.Marker == KnownHostsMarker.None
                && entry.Key.Span.SequenceEqual(key.Blob.Span) && !entry.IsFor(Name))
            .Select(entry => $"\n    {Place(entry)}: {(entry.IsHashed ? "[hashed name]" : entry.Hosts)}")
            .ToArray();
        return lines.Length == 0
            ? "This key is not known by any other names."
            : "This host key is known by the following other names/addresses:" +
              string.Concat(lines.Take(MaxOtherNames)) +
              (lines.Length > MaxOtherNames ? $"\n    ({lines.Length - MaxOtherNames} additional names omitted)" : "");
    }

    private SshException Unknown(KnownHosts known, SshPublicKey key, string why)
    {
        var files = _configuration.UserKnownHostsFiles.Concat(_configuration.GlobalKnownHostsFiles).ToList();
        if (_configuration.KnownHostsCommand is { } command) files.Add($"what '{command}' prints");
        var unreadable = known.UnreadableFiles;
        return new SshException(
            SshError.HostKeyUnknown,
            $"{Failed} No {ShortType(key.KeyType)} host key is known for {Name} and {why}. " +
            (_certificateProblem is null ? "" : $"Its certificate is not accepted because {_certificateProblem}. ") +
            $"Its fingerprint is {Show(key)}; looked in {string.Join(", ", files)}" +
            (unreadable.Count > 0 ? $" (cannot be read: {string.Join(", ", unreadable)})" : "") +
            (_configuration.AsksDns ? ", and not in DNS, since VerifyHostKeyDNS is not supported" : "") +
            ". Compare it with the host's own (ssh-keygen -l -f on its key file), then accept it once with " +
            Advice.Words.AcceptHostKey);
    }
}
