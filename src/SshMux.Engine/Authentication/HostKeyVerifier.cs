using System.Net;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Authentication;

/// <summary>
/// Decides whether a host key is the right one: known_hosts, StrictHostKeyChecking, and the user. New keys that are
/// accepted are added to the user's first known_hosts file.
/// </summary>
public sealed partial class HostKeyVerifier
{
    private const int DefaultPort = 22;

    private readonly HostConfiguration _configuration;
    private readonly IUserInteraction _interaction;
    private readonly ILogger _logger;
    private readonly Lazy<KnownHosts> _known;
    private readonly string _host;
    private readonly int _port;

    /// <summary>A verifier for one connection.</summary>
    public HostKeyVerifier(HostConfiguration configuration, IUserInteraction interaction, ILogger logger)
    {
        _configuration = configuration;
        _interaction = interaction;
        _logger = logger;
        (_host, _port) = configuration.HostKeyAlias is { } alias
            ? (alias, DefaultPort)
            : (configuration.HostName, configuration.Port);
        _known = new Lazy<KnownHosts>(
            () => KnownHosts.Load(configuration.UserKnownHostsFiles.Concat(configuration.GlobalKnownHostsFiles)));
    }

    /// <summary>The address that was connected to, for prompts and NoHostAuthenticationForLocalhost.</summary>
    public IPAddress? Address { get; set; }

    /// <summary>
    /// Whether the key is the host's as far as anyone knows. False after a changed key was let pass because
    /// StrictHostKeyChecking is off: then no password may be sent.
    /// </summary>
    public bool IsTrusted { get; private set; } = true;

    private string Name => KnownHosts.NameOf(_host, _port);

    /// <summary>
    /// The host key algorithms with those first of which known_hosts has a key, so that the host shows one that can be
    /// checked; else in the order given.
    /// </summary>
    public IReadOnlyList<string> Order(IReadOnlyList<string> algorithms)
    {
        var known = _known.Value.KnownKeyTypes(_host, _port).SelectMany(SshPrivateKey.AlgorithmsOf).ToHashSet();
        return [.. algorithms.Where(known.Contains), .. algorithms.Where(name => !known.Contains(name))];
    }

    /// <summary>Accepts the key, or throws.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.HostKeyUnknown"/>, <see cref="SshError.HostKeyChanged"/> or
    /// <see cref="SshError.HostKeyRevoked"/>.
    /// </exception>
    public async ValueTask VerifyAsync(SshPublicKey key, CancellationToken ct)
    {
        if (key.KeyType == "ssh-rsa" && key.Bits < _configuration.RequiredRsaSize)
        {
            throw new SshException(
                SshError.NoCommonAlgorithm,
                $"the RSA host key of '{Name}' has {key.Bits} bits, but RequiredRSASize demands " +
                $"{_configuration.RequiredRsaSize}");
        }

        if (_configuration is { NoHostAuthenticationForLocalhost: true, HostKeyAlias: null } &&
            Address is not null && IPAddress.IsLoopback(Address))
        {
            return;
        }

        var result = _known.Value.Check(_host, _port, key.Blob.Span);
        Log.Checked(_logger, Name, result.Status, result.Entry?.File, result.Entry?.Line);
        switch (result.Status)
        {
            case KnownHostsStatus.Match:
                return;
            case KnownHostsStatus.Revoked:
                throw new SshException(
                    SshError.HostKeyRevoked,
                    $"the {ShortType(key.KeyType)} host key of '{Name}' ({key.Fingerprint}) is marked as revoked in " +
                    $"{Place(result.Entry!)}: it may be stolen, and someone may use it to impersonate the host");
            case KnownHostsStatus.Changed:
                OnChanged(key, result.Entry!);
                return;
            default:
                await AcceptNewAsync(key, ct).ConfigureAwait(false);
                return;
        }
    }

    /// <summary>The key type as OpenSSH's messages name it.</summary>
    internal static string ShortType(string keyType) => keyType switch
    {
        "ssh-ed25519" => "ED25519",
        "ssh-rsa" => "RSA",
        _ when keyType.StartsWith("ecdsa-", StringComparison.Ordinal) => "ECDSA",
        _ => keyType,
    };

    private static string Place(KnownHostsEntry entry) => $"{entry.File}:{entry.Line}";

    private void OnChanged(SshPublicKey key, KnownHostsEntry entry)
    {
        var text =
            $"the host key of '{Name}' has changed: either someone is between you and the host, or the host has " +
            $"new keys. Its {ShortType(key.KeyType)} key is now {key.Fingerprint}, but {Place(entry)} has the " +
            $"{ShortType(entry.KeyType)} key {Identity.Fingerprint(entry.Key.Span)}";
        if (_configuration.StrictHostKeyChecking != StrictHostKeyChecking.Off)
        {
            throw new SshException(
                SshError.HostKeyChanged,
                $"{text}. If you know that the change is right, remove the old keys with: " +
                $"ssh-keygen -f '{entry.File}' -R '{Name}'");
        }

        IsTrusted = false;
        _interaction.ShowMessage(
            $"Warning: {text}. StrictHostKeyChecking is off, so this goes on, but without passwords.");
    }

    private async ValueTask AcceptNewAsync(SshPublicKey key, CancellationToken ct)
    {
        switch (_configuration.StrictHostKeyChecking)
        {
            case StrictHostKeyChecking.Yes:
                throw Unknown(key, "StrictHostKeyChecking is on");
            case StrictHostKeyChecking.Ask when _configuration.BatchMode:
                throw Unknown(key, "BatchMode forbids to ask");
            case StrictHostKeyChecking.Ask:
                var accepted = await _interaction.ConfirmAsync(Question(key), key.Fingerprint, ct)
                    .ConfigureAwait(false);
                if (!accepted) throw Unknown(key, "nobody accepted it");
                break;
        }

        if (_configuration.UserKnownHostsFiles is not [var file, ..]) return;
        try
        {
            KnownHosts.Add(file, _host, _port, key.Blob.Span, _configuration.HashKnownHosts);
            _interaction.ShowMessage(
                $"Warning: Permanently added '{Name}' ({ShortType(key.KeyType)}) to the list of known hosts.");
        }
        catch (SshException e)
        {
            // The key was accepted all the same; it will be asked for again the next time.
            _interaction.ShowMessage($"Warning: {e.Message}");
        }
    }

    private string Question(SshPublicKey key)
    {
        var others = _known.Value.KnownKeyTypes(_host, _port).Count > 0
            ? "\nKeys of other types are known for this host."
            : "";
        return
            $"The authenticity of host '{Name}{(Address is null ? "" : $" ({Address})")}' can't be established." +
            $"{others}\n{ShortType(key.KeyType)} key fingerprint is {key.Fingerprint}\n" +
            "Are you sure you want to continue connecting (yes/no/[fingerprint])? ";
    }

    private SshException Unknown(SshPublicKey key, string why)
    {
        var files = _configuration.UserKnownHostsFiles.Concat(_configuration.GlobalKnownHostsFiles);
        var unreadable = _known.Value.UnreadableFiles;
        return new SshException(
            SshError.HostKeyUnknown,
            $"the {ShortType(key.KeyType)} host key of '{Name}' is not known, and {why}. Its fingerprint is " +
            $"{key.Fingerprint}; looked in {string.Join(", ", files)}" +
            (unreadable.Count > 0 ? $" (cannot be read: {string.Join(", ", unreadable)})" : "") +
            ". Compare it with the host's own (ssh-keygen -l -f on its key file), then accept it once with " +
            "StrictHostKeyChecking=ask or accept-new");
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "the host key of {Name}: {Status} {File}:{Line}")]
        public static partial void Checked(
            ILogger logger, string name, KnownHostsStatus status, string? file, int? line);
    }
}
