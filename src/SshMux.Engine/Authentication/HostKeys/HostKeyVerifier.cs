using System.Net;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication.HostKeys;

/// <summary>
/// Decides whether a host key is the right one: RevokedHostKeys, known_hosts with its authorities, KnownHostsCommand,
/// StrictHostKeyChecking, and the user. New keys that are accepted are added to the user's first known_hosts file.
/// </summary>
internal sealed partial class HostKeyVerifier
{
    private const int DefaultPort = 22;

    private readonly HostConfiguration _configuration;
    private readonly IUserInteraction _interaction;
    private readonly ILogger _logger;
    private readonly string _host;
    private readonly int _port;

    // Why a certificate was not accepted, while its plain key is checked.
    private string? _certificateProblem;

    /// <summary>A verifier for one connection.</summary>
    public HostKeyVerifier(HostConfiguration configuration, IUserInteraction interaction, ILogger logger)
    {
        _configuration = configuration;
        _interaction = interaction;
        _logger = logger;
        (_host, _port) = configuration.HostKeyAlias is { } alias
            ? (alias, DefaultPort)
            : (configuration.HostName, configuration.Port);
    }

    /// <summary>The address that was connected to, for prompts and NoHostAuthenticationForLocalhost.</summary>
    public IPAddress? Address { get; set; }

    /// <summary>The host key algorithms that are allowed (HostKeyAlgorithms).</summary>
    public IReadOnlyList<string> Algorithms { get; set; } = SshAlgorithms.HostKey;

    /// <summary>The signature algorithms that certificate authorities may use (CASignatureAlgorithms).</summary>
    public IReadOnlyList<string> AuthorityAlgorithms { get; init; } = SshAlgorithms.Signature;

    /// <summary>
    /// Whether the key is the host's as far as anyone knows. False after a changed key was let pass because
    /// StrictHostKeyChecking is off: then no password may be sent.
    /// </summary>
    public bool IsTrusted { get; private set; } = true;

    /// <summary>
    /// Whether known_hosts may be updated with further keys that the host names (UpdateHostKeys): the key that it
    /// showed is in a file of the user's, under this very name, or the user has just accepted it.
    /// </summary>
    public bool MayUpdateHostKeys { get; private set; }

    private string Name => KnownHosts.NameOf(_host, _port);

    /// <summary>Accepts the key, or throws.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.HostKeyUnknown"/>, <see cref="SshError.HostKeyChanged"/> or
    /// <see cref="SshError.HostKeyRevoked"/>.
    /// </exception>
    public async ValueTask VerifyAsync(ServerHostKey shown, CancellationToken cancellationToken)
    {
        MayUpdateHostKeys = false;
        var key = shown.Key;
        if (key.KeyType == "ssh-rsa" && key.Bits < _configuration.RequiredRsaSize)
        {
            throw new SshException(
                SshError.NoCommonAlgorithm,
                $"the RSA host key of '{Name}' has {key.Bits} bits, but RequiredRSASize demands " +
                $"{_configuration.RequiredRsaSize}");
        }

        await CheckRevokedFilesAsync(shown, cancellationToken).ConfigureAwait(false);
        if (_configuration is { NoHostAuthenticationForLocalhost: true, HostKeyAlias: null } &&
            Address is not null && IPAddress.IsLoopback(Address))
        {
            return;
        }

        var known = await LoadAsync("HOSTNAME", shown, cancellationToken).ConfigureAwait(false);
        if (shown.Certificate is { } certificate && IsCertified(known, certificate)) return;
        if (!key.SignatureAlgorithms.Any(Algorithms.Contains))
        {
            throw new SshException(
                SshError.HostKeyUnknown,
                $"{Failed} The certificate of '{Name}' is not accepted because {_certificateProblem}, and its plain " +
                $"{ShortType(key.KeyType)} key is not among the HostKeyAlgorithms");
        }

        await CheckPlainAsync(known, key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The key type as OpenSSH's messages name it.</summary>
    internal static string ShortType(string keyType) => keyType switch
    {
        "ssh-ed25519" => "ED25519",
        "ssh-rsa" => "RSA",
        SshAlgorithms.MlDsa44Ed25519 => "MLDSA44-ED25519",
        "sk-ssh-ed25519@openssh.com" => "ED25519-SK",
        "sk-ecdsa-sha2-nistp256@openssh.com" => "ECDSA-SK",
        _ when keyType.StartsWith("ecdsa-", StringComparison.Ordinal) => "ECDSA",
        _ => keyType,
    };

    private async ValueTask<KnownHosts> LoadAsync(
        string invocation, ServerHostKey? shown, CancellationToken cancellationToken)
    {
        var known = KnownHosts.Load(_configuration.UserKnownHostsFiles.Concat(_configuration.GlobalKnownHostsFiles));
        if (_configuration.KnownHostsCommand is not { } command) return known;
        var lines = await HostKeyCommand.RunAsync(
                command, _configuration.Tokens, invocation, Name, shown, _configuration.FingerprintHash,
                cancellationToken)
            .ConfigureAwait(false);
        known.Include(CommandPrefix + invocation, lines);
        return known;
    }

    private async ValueTask CheckRevokedFilesAsync(ServerHostKey shown, CancellationToken cancellationToken)
    {
        foreach (var file in _configuration.RevokedHostKeys)
        {
            var revoked = await RevokedKeys.LoadAsync(file, cancellationToken).ConfigureAwait(false);
            if (revoked.WhyRevoked(shown) is not { } why) continue;
            throw new SshException(
                SshError.HostKeyRevoked,
                $"{Failed} The {ShortType(shown.Key.KeyType)} host key of '{Name}' ({Show(shown.Key)}) {why}: it may be " +
                "stolen, and someone may use it to impersonate the host");
        }
    }

    /// <summary>Whether a known authority vouches for the key; if not, the plain key may be known.</summary>
    private bool IsCertified(KnownHosts known, SshCertificate certificate)
    {
        var result = known.CheckAuthority(
            _host, _port, certificate.Authority.Blob.Span, certificate.Key.Blob.Span);
        TellChecked(result);
        switch (result.Status)
        {
            case KnownHostsStatus.Revoked:
                OnRevoked(certificate.Key, result.Entry!);
                return true;
            case KnownHostsStatus.Unknown:
                _certificateProblem = "its authority " + Show(certificate.Authority) +
                    " is not in known_hosts for this host";
                Log.NotCertified(_logger, Name, _certificateProblem);
                return false;
        }

        var host = _configuration.HostKeyAlias ?? _configuration.HostName;
        _certificateProblem = certificate.WhyNotForHost(host, AuthorityAlgorithms, DateTimeOffset.UtcNow);
        if (_certificateProblem is null)
        {
            ShowKnown(certificate.Key);
            return true;
        }

        _interaction.ShowMessage($"The certificate of '{Name}' is not accepted: {_certificateProblem}.");
        return false;
    }

    private async ValueTask CheckPlainAsync(KnownHosts known, SshPublicKey key, CancellationToken cancellationToken)
    {
        var result = known.Check(_host, _port, key.Blob.Span);
        TellChecked(result);
        switch (result.Status)
        {
            case KnownHostsStatus.Match:
                MayUpdateHostKeys = IsUsers(result.Entry!) && result.Entry!.IsFor(Name);
                ShowKnown(key);
                return;
            case KnownHostsStatus.Revoked:
                OnRevoked(key, result.Entry!);
                return;
            case KnownHostsStatus.Changed:
                OnChanged(key, result.Entry!);
                return;
            default:
                await AcceptNewAsync(known, key, cancellationToken).ConfigureAwait(false);
                return;
        }
    }

    private bool IsUsers(KnownHostsEntry entry) =>
        !_configuration.GlobalKnownHostsFiles.Contains(entry.File)
        && !entry.File.StartsWith(CommandPrefix, StringComparison.Ordinal);

    private async ValueTask AcceptNewAsync(KnownHosts known, SshPublicKey key, CancellationToken cancellationToken)
    {
        switch (_configuration.StrictHostKeyChecking)
        {
            case StrictHostKeyChecking.Yes:
                throw Unknown(known, key, "you have requested strict checking (StrictHostKeyChecking)");
            case StrictHostKeyChecking.Ask when _configuration.BatchMode:
                throw Unknown(known, key, "BatchMode forbids to ask");
            case StrictHostKeyChecking.Ask:
                var prompt = new ConfirmPrompt(ConfirmKind.HostKey, Question(known, key), Name, Show(key));
                var accepted = await _interaction.ConfirmAsync(prompt, cancellationToken).ConfigureAwait(false);
                if (!accepted) throw Unknown(known, key, "nobody accepted it");
                MayUpdateHostKeys = true;
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

    private void TellChecked(KnownHostsResult result)
    {
        if (result.Entry is { } entry) Log.CheckedBy(_logger, Name, result.Status, entry.File, entry.Line);
        else Log.Checked(_logger, Name, result.Status);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "the host key of {Name}: {Status}")]
        public static partial void Checked(ILogger logger, string name, KnownHostsStatus status);

        [LoggerMessage(Level = LogLevel.Debug, Message = "the host key of {Name}: {Status} {File}:{Line}")]
        public static partial void CheckedBy(
            ILogger logger, string name, KnownHostsStatus status, string file, int line);

        [LoggerMessage(Level = LogLevel.Debug,
            Message = "the certificate of {Name} does not count, {Why}: checking its plain key")]
        public static partial void NotCertified(ILogger logger, string name, string why);
    }
}
