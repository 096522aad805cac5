using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <summary>The method publickey (RFC 4252 section 7).</summary>
/// <param name="exchange">With the server.</param>
/// <param name="sessionId">The session identifier that signatures are bound to.</param>
/// <param name="options">Who logs in and how.</param>
/// <param name="report">Gets what was wrong.</param>
/// <param name="stop">When the login is over, in whichever way.</param>
internal sealed partial class PublicKeyMethod(
    AuthenticationExchange exchange,
    ReadOnlyMemory<byte> sessionId,
    AuthenticationOptions options,
    AttemptReport report,
    CancellationToken stop)
{
    private readonly KeyAlgorithms _algorithms = new(options);
    private Task<IdentityList>? _loading;
    private IdentityList? _identities;
    private Identity? _offered;

    /// <summary>Offers the next key; null if there is none left.</summary>
    public async Task<AuthenticationReply?> TryAsync(CancellationToken cancellationToken)
    {
        if (_identities is null)
        {
            _identities = await LoadKeysAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            report.KeyProblems = _identities.Problems;
            report.HasUnusableKey |= _identities.HasUnusableFile;
        }

        foreach (var identity in _identities.Identities)
        {
            if (identity.Tried) continue;
            if (IsRuledOutForNow(identity)) return null;
            identity.Tried = true;
            _offered = identity;
            if (await TryKeyAsync(identity, cancellationToken).ConfigureAwait(false) is { } reply) return reply;
        }

        _offered = null;
        return null;
    }

    /// <summary>Begins to load the keys, if that has not begun yet.</summary>
    public Task<IdentityList> LoadKeysAsync() => _loading ??= IdentityList.LoadAsync(options, stop);

    /// <summary>The server took the key that was offered, and wants one more method.</summary>
    public void OnPartialSuccess()
    {
        if (_offered is not null) _offered.Used = true;
        foreach (var identity in _identities?.Identities ?? []) identity.Tried = identity.Used;
    }

    /// <summary>Wipes the keys, after the end.</summary>
    public async Task ForgetKeysAsync()
    {
        if (_loading is null) return;
        await ((Task)_loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_loading.IsCompletedSuccessfully) await _loading.Result.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One key: the server's last word about it, or null if it could not be asked.</summary>
    private async Task<AuthenticationReply?> TryKeyAsync(Identity identity, CancellationToken cancellationToken)
    {
        if (_identities!.FindSigner(identity) is not { } signer)
        {
            report.Problem($"the private key of the certificate '{identity.Path}' is neither in the agent nor in a " +
                $"file that is configured (IdentityFile {identity.KeyPath})");
            return null;
        }

        // Asking first whether the server would take the key spares the user the passphrase, or a touch of the agent's
        // token, for a key that is of no use. A key that signs without anybody's help is just used, unless it would go
        // to the agent then.
        var asksFirst = signer.IsInAgent || signer.File is { IsEncrypted: true } || options.AddKeysToAgent.IsOn;
        if (asksFirst && identity.PublicKey is { } publicKey && signer.Key is null or AgentKey)
        {
            var algorithm = ChooseAlgorithm(identity, publicKey.Span);
            if (algorithm is null) return null;
            LogKeyOffered(identity.Name, algorithm, publicKey.Span);
            var answer = await exchange
                .RequestAsync(EncodeKeyRequest(algorithm, publicKey.Span, signs: false), cancellationToken)
                .ConfigureAwait(false);
            if (answer.Number != MessageNumber.UserAuthPublicKeyOk)
            {
                OnRefused(identity, algorithm, publicKey.Span);
                return answer;
            }

            CheckPublicKeyOk(answer.Message, publicKey.Span);
        }

        if (signer.Key is null && !await DecryptAsync(signer, cancellationToken).ConfigureAwait(false)) return null;
        return await SignInAsync(identity, signer, cancellationToken).ConfigureAwait(false);
    }

    private async Task<AuthenticationReply?> SignInAsync(
        Identity identity, Identity signer, CancellationToken cancellationToken)
    {
        var key = signer.Key!;
        var publicKey = identity.Certificate is null ? key.PublicKey : identity.PublicKey!.Value;
        if (IsRuledOutForNow(identity))
        {
            // A file that did not show its public key before.
            identity.Tried = false;
            return null;
        }

        var algorithm = ChooseAlgorithm(identity, publicKey.Span);
        if (algorithm is null) return null;
        var request = EncodeKeyRequest(algorithm, publicKey.Span, signs: true);
        byte[] signature;
        try
        {
            signature = await key
                .SignAsync(SshCertificate.PlainAlgorithm(algorithm), WithSessionId(request), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or CryptographicException)
        {
            // The agent's user said no, or its token is not plugged in: the other keys may do.
            report.Problem($"{signer.Name} cannot sign: {e.Message}");
            if (!signer.IsInAgent || signer.File is null) return null;

            // The file of the same key is there, too.
            signer.Key = null;
            return await DecryptAsync(signer, cancellationToken).ConfigureAwait(false)
                ? await SignInAsync(identity, signer, cancellationToken).ConfigureAwait(false)
                : null;
        }

        LogKeySigns(identity.Name, algorithm, publicKey.Span);
        var message = new byte[request.Length + 4 + signature.Length];
        var writer = new SshWriter(message);
        writer.WriteBytes(request);
        writer.WriteString(signature);
        var reply = await exchange.RequestAsync(message, cancellationToken).ConfigureAwait(false);
        if (reply.IsRefusal) OnRefused(identity, algorithm, publicKey.Span);
        return reply;
    }

    private void OnRefused(Identity identity, string algorithm, ReadOnlySpan<byte> publicKey)
    {
        report.Refused(NameWithProblem(identity));
        if (_algorithms.HaveAnother(algorithm, publicKey)) identity.Tried = false;
    }

    /// <summary>The key's name and, for a certificate, what is visibly wrong with it.</summary>
    private string NameWithProblem(Identity identity)
    {
        if (identity.Certificate is not { } certificate) return identity.Name;
        if (certificate.WhyNotValidAt(DateTimeOffset.UtcNow) is { } why) return $"{identity.Name} ({why})";
        if (certificate.Principals.Contains(options.User)) return identity.Name;
        if (certificate.Principals.Count == 0)
        {
            return $"{identity.Name} (it names no user, and sshd takes no such certificate since OpenSSH 10.3)";
        }

        var names = string.Join(", ", certificate.Principals.Take(4).Select(name => Printable.Text(name, 64)));
        return $"{identity.Name} (it is for {names}{(certificate.Principals.Count > 4 ? ", ..." : "")})";
    }

    private async Task<bool> DecryptAsync(Identity identity, CancellationToken cancellationToken)
    {
        var file = identity.File!;
        try
        {
            if (!file.IsEncrypted)
            {
                identity.Key = file.TryDecrypt(null, cancellationToken)!;
                await AgentAdding.AddAsync(options, file, identity.Key, cancellationToken).ConfigureAwait(false);
                return true;
            }

            if (options.BatchMode)
            {
                report.KeyProblem($"the private key '{file.Path}' is encrypted, and BatchMode forbids to ask");
                return false;
            }

            for (var attempt = 1; attempt <= options.NumberOfPasswordPrompts; attempt++)
            {
                var prompt = new SecretPrompt(
                    SecretKind.Passphrase, $"Enter passphrase for key '{file.Path}': ", file.Path, attempt);
                using var passphrase = await options.Interaction
                    .AskSecretAsync(prompt, cancellationToken).ConfigureAwait(false);
                if (passphrase is not { IsEmpty: false }) break;
                identity.Key = await file.TryDecryptAsync(passphrase, cancellationToken).ConfigureAwait(false);
                if (identity.Key is null) continue;
                await AgentAdding.AddAsync(options, file, identity.Key, cancellationToken).ConfigureAwait(false);
                return true;
            }

            report.KeyProblem($"there was no right passphrase for the private key '{file.Path}'");
            return false;
        }
        catch (SshException e) when (e.Error is SshError.KeyUnusable or SshError.AlgorithmUnavailable)
        {
            report.KeyProblem(e.Message);
            return false;
        }
    }

    /// <summary>
    /// The first algorithm of the key that the configuration and, for RSA, the server allow; null (and said) if none.
    /// </summary>
    private string? ChooseAlgorithm(Identity identity, ReadOnlySpan<byte> publicKey)
    {
        var type = KnownHostsEntry.TypeOf(publicKey) ?? "";
        if (Identity.IsTooShort(publicKey, type, options.RequiredRsaSize))
        {
            report.Problem($"{identity.Name} is an RSA key of fewer than {options.RequiredRsaSize} bits");
            return null;
        }

        if (_algorithms.First(type) is { } algorithm) return algorithm;
        report.Problem(
            $"{identity.Name} ({Printable.Text(type, 64)}) has no signature algorithm that " +
            "PubkeyAcceptedAlgorithms and the server allow");
        return null;
    }

    /// <summary>
    /// Whether nothing but the server's list (server-sig-algs) speaks against a key, while the server does not yet know
    /// who logs in: for the user it may have a wider one, which it sends before its first answer (RFC 8308, 2.4).
    /// </summary>
    private bool IsRuledOutForNow(Identity identity)
    {
        if (exchange.Count > 0 || (identity.PublicKey ?? identity.Key?.PublicKey) is not { } publicKey) return false;
        var type = KnownHostsEntry.TypeOf(publicKey.Span) ?? "";
        return _algorithms.AreRuledOutByServer(type);
    }

    /// <summary>
    /// The request without the signature. One with a signature names the host's key where the server knows how
    /// (OpenSSH's PROTOCOL, section 3.1): then it is of no use to another server, and agents can tell for whom they
    /// sign.
    /// </summary>
    private byte[] EncodeKeyRequest(string algorithm, ReadOnlySpan<byte> publicKey, bool signs)
    {
        var hostKey = signs ? options.HostKeyToBind() : null;
        var method = hostKey is null ? AuthenticationMethods.PublicKey : AuthenticationMethods.HostBoundPublicKey;
        var request = new byte[
            exchange.HeadLength(method) + 1 + SshWriter.StringLength(algorithm) + 4 + publicKey.Length +
            (hostKey is { } bound ? 4 + bound.Length : 0)];
        var writer = new SshWriter(request);
        exchange.WriteHead(ref writer, method);
        writer.WriteBoolean(signs);
        writer.WriteString(algorithm);
        writer.WriteString(publicKey);
        if (hostKey is { } named) writer.WriteString(named.Span);
        return request;
    }

    private byte[] WithSessionId(byte[] request)
    {
        var data = new byte[4 + sessionId.Length + request.Length];
        var writer = new SshWriter(data);
        writer.WriteString(sessionId.Span);
        writer.WriteBytes(request);
        return data;
    }

    private static void CheckPublicKeyOk(byte[] message, ReadOnlySpan<byte> publicKey)
    {
        var reader = new SshReader(message);
        reader.ReadByte();
        reader.ReadString();
        if (!reader.ReadString().SequenceEqual(publicKey))
        {
            throw SshException.Protocol("the server accepts a key that was not offered");
        }
    }

    private void LogKeyOffered(string name, string algorithm, ReadOnlySpan<byte> publicKey)
    {
        if (!options.Logger.IsEnabled(LogLevel.Debug)) return;
        var fingerprint = KeyFingerprint.Of(publicKey, options.FingerprintHash);
        LogOffering(options.Logger, name, algorithm, fingerprint);
    }

    private void LogKeySigns(string name, string algorithm, ReadOnlySpan<byte> publicKey)
    {
        if (!options.Logger.IsEnabled(LogLevel.Debug)) return;
        var fingerprint = KeyFingerprint.Of(publicKey, options.FingerprintHash);
        LogSigning(options.Logger, name, algorithm, fingerprint);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "offering {Name}: {Algorithm} {Fingerprint}")]
    private static partial void LogOffering(ILogger logger, string name, string algorithm, string fingerprint);

    [LoggerMessage(Level = LogLevel.Debug, Message = "signing with {Name}: {Algorithm} {Fingerprint}")]
    private static partial void LogSigning(ILogger logger, string name, string algorithm, string fingerprint);
}
