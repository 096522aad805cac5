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
    private readonly HostConfiguration _configuration;
    private readonly IUserInteraction _interaction;
    private readonly ILogger _logger;
    private readonly KnownHostName _host;
    private readonly HostKeyLookup _lookup;
    private readonly HostKeyMessages _messages;

    // Why a certificate was not accepted, while its plain key is checked.
    private string? _certificateProblem;

    /// <summary>A verifier for one connection.</summary>
    public HostKeyVerifier(HostConfiguration configuration, IUserInteraction interaction, ILogger logger)
    {
        _configuration = configuration;
        _interaction = interaction;
        _logger = logger;
        _host = KnownHostName.Of(configuration);
        _lookup = new HostKeyLookup(configuration, _host);
        _messages = new HostKeyMessages(configuration, _host, _lookup);
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

    private string Name => _host.ToString();

    /// <inheritdoc cref="HostKeyOrder.OfAsync"/>
    public ValueTask<IReadOnlyList<string>> OrderAsync(
        IReadOnlyList<string> algorithms, CancellationToken cancellationToken) =>
        new HostKeyOrder(_lookup, _host).OfAsync(algorithms, cancellationToken);

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

        var known = await _lookup.LoadAsync("HOSTNAME", shown, cancellationToken).ConfigureAwait(false);
        if (shown.Certificate is { } certificate && IsCertified(known, certificate)) return;
        if (!key.SignatureAlgorithms.Any(Algorithms.Contains)) throw _messages.NotAllowed(key, _certificateProblem);
        await CheckPlainAsync(known, key, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask CheckRevokedFilesAsync(ServerHostKey shown, CancellationToken cancellationToken)
    {
        foreach (var file in _configuration.RevokedHostKeys)
        {
            var revoked = await RevokedKeys.LoadAsync(file, cancellationToken).ConfigureAwait(false);
            if (revoked.WhyRevoked(shown) is { } why) throw _messages.RevokedByFile(shown.Key, why);
        }
    }

    /// <summary>Whether a known authority vouches for the key; if not, the plain key may be known.</summary>
    private bool IsCertified(KnownHosts known, SshCertificate certificate)
    {
        var result = known.CheckAuthority(
            _host.Host, _host.Port, certificate.Authority.Blob.Span, certificate.Key.Blob.Span);
        TellChecked(result);
        switch (result.Status)
        {
            case KnownHostsStatus.Revoked:
                GoOnUntrusted(SshError.HostKeyRevoked, _messages.Revoked(certificate.Key, result.Entry!));
                return true;
            case KnownHostsStatus.Unknown:
                _certificateProblem = "its authority " + _messages.Show(certificate.Authority) +
                    " is not in known_hosts for this host";
                LogNotCertified(Name, _certificateProblem);
                return false;
        }

        var host = _configuration.HostKeyAlias ?? _configuration.HostName;
        _certificateProblem = certificate.WhyNotForHost(host, AuthorityAlgorithms, DateTimeOffset.UtcNow);
        if (_certificateProblem is null)
        {
            TellKnown(certificate.Key);
            return true;
        }

        _interaction.ShowMessage($"The certificate of '{Name}' is not accepted: {_certificateProblem}.");
        return false;
    }

    private async ValueTask CheckPlainAsync(KnownHosts known, SshPublicKey key, CancellationToken cancellationToken)
    {
        var result = known.Check(_host.Host, _host.Port, key.Blob.Span);
        TellChecked(result);
        switch (result.Status)
        {
            case KnownHostsStatus.Match:
                MayUpdateHostKeys = _lookup.IsUsers(result.Entry!) && result.Entry!.IsFor(Name);
                TellKnown(key);
                return;
            case KnownHostsStatus.Revoked:
                GoOnUntrusted(SshError.HostKeyRevoked, _messages.Revoked(key, result.Entry!));
                return;
            case KnownHostsStatus.Changed:
                var entry = result.Entry!;
                GoOnUntrusted(SshError.HostKeyChanged, _messages.Changed(key, entry), _messages.Remedy(entry));
                return;
            default:
                await AcceptNewAsync(known, key, cancellationToken).ConfigureAwait(false);
                return;
        }
    }

    private async ValueTask AcceptNewAsync(KnownHosts known, SshPublicKey key, CancellationToken cancellationToken)
    {
        switch (_configuration.StrictHostKeyChecking)
        {
            case StrictHostKeyChecking.Yes:
                throw Unknown("you have requested strict checking (StrictHostKeyChecking)");
            case StrictHostKeyChecking.Ask when _configuration.BatchMode:
                throw Unknown("BatchMode forbids to ask");
            case StrictHostKeyChecking.Ask:
                var question = _messages.Question(known, key, Address, _certificateProblem);
                var prompt = new ConfirmPrompt(ConfirmKind.HostKey, question, Name, _messages.Show(key));
                var accepted = await _interaction.ConfirmAsync(prompt, cancellationToken).ConfigureAwait(false);
                if (!accepted) throw Unknown("nobody accepted it");
                MayUpdateHostKeys = true;
                break;
        }

        if (_configuration.UserKnownHostsFiles is [var file, ..]) Add(file, key);

        SshException Unknown(string why) => _messages.Unknown(known, key, _certificateProblem, why);
    }

    private void Add(string file, SshPublicKey key)
    {
        try
        {
            new KnownHostsFile(file, _configuration.HashKnownHosts).Add(_host.Host, _host.Port, key.Blob.Span);
            var type = HostKeyMessages.ShortType(key.KeyType);
            _interaction.ShowMessage($"Warning: Permanently added '{Name}' ({type}) to the list of known hosts.");
        }
        catch (SshException e)
        {
            // The key was accepted all the same; it will be asked for again the next time.
            _interaction.ShowMessage($"Warning: {e.Message}");
        }
    }

    /// <summary>
    /// Refuses the key; with StrictHostKeyChecking off the connection goes on without all that a false host could
    /// misuse, as ssh(1) does.
    /// </summary>
    private void GoOnUntrusted(SshError error, string text, string remedy = "")
    {
        if (_configuration.StrictHostKeyChecking != StrictHostKeyChecking.Off)
        {
            throw new SshException(error, $"{HostKeyMessages.Failed} {text}{remedy}");
        }

        if (_configuration is { ExitOnForwardFailure: true, HasForwarding: true })
        {
            throw new SshException(
                error, $"{HostKeyMessages.Failed} {text}\nStrictHostKeyChecking is off, but forwards are not opened " +
                "to such a host, and ExitOnForwardFailure is on");
        }

        IsTrusted = false;
        _configuration.WithdrawForwarding();
        _interaction.ShowMessage(
            $"{text}\nStrictHostKeyChecking is off, so this goes on, but without passwords and forwards.");
    }

    private void TellKnown(SshPublicKey key)
    {
        if (_messages.Known(key) is { } text) _interaction.ShowMessage(text);
    }

    private void TellChecked(KnownHostsResult result)
    {
        if (result.Entry is { } entry) LogCheckedBy(Name, result.Status, entry.File, entry.Line);
        else LogChecked(Name, result.Status);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "the host key of {Name}: {Status}")]
    private partial void LogChecked(string name, KnownHostsStatus status);

    [LoggerMessage(Level = LogLevel.Debug, Message = "the host key of {Name}: {Status} {File}:{Line}")]
    private partial void LogCheckedBy(string name, KnownHostsStatus status, string file, int line);

    [LoggerMessage(
        Level = LogLevel.Debug, Message = "the certificate of {Name} does not count, {Why}: checking its plain key")]
    private partial void LogNotCertified(string name, string why);
}
