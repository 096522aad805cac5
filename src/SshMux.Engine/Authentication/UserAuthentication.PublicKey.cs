using System.Security.Cryptography;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <content>The publickey method (RFC 4252 section 7).</content>
public sealed partial class UserAuthentication
{
    private Task<IdentityList>? _loading;
    private IdentityList? _identities;
    private Identity? _offered;

    /// <summary>Offers the next key; null if there is none left.</summary>
    private async Task<Reply?> TryKeysAsync(CancellationToken ct)
    {
        if (_identities is null)
        {
            _identities = await LoadKeysAsync().WaitAsync(ct).ConfigureAwait(false);
            _report.KeyProblems = _identities.Problems;
            _report.HasUnusableKey |= _identities.HasUnusableFile;
        }

        foreach (var identity in _identities.Identities)
        {
            if (identity.Tried) continue;
            if (IsRuledOutForNow(identity)) return null;
            identity.Tried = true;
            _offered = identity;
            if (await TryKeyAsync(identity, ct).ConfigureAwait(false) is { } reply) return reply;
        }

        _offered = null;
        return null;
    }

    private Task<IdentityList> LoadKeysAsync() => _loading ??= IdentityList.LoadAsync(_options, _stop);

    /// <summary>Wipes the keys, after the end.</summary>
    private async Task ForgetKeysAsync()
    {
        if (_loading is null) return;
        await ((Task)_loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_loading.IsCompletedSuccessfully) await _loading.Result.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>One key: the server's last word about it, or null if it could not be asked.</summary>
    private async Task<Reply?> TryKeyAsync(Identity identity, CancellationToken ct)
    {
        if (_identities!.FindSigner(identity) is not { } signer)
        {
            _report.Problem($"the private key of the certificate '{identity.Path}' is neither in the agent nor in a " +
                $"file that is configured (IdentityFile {identity.KeyPath})");
            return null;
        }

        // Asking first whether the server would take the key spares the user the passphrase, or a touch of the agent's
        // token, for a key that is of no use. A key that signs without anybody's help is just used, unless it would go
        // to the agent then.
        var asksFirst = signer.IsInAgent || signer.File is { IsEncrypted: true } || _options.AddKeysToAgent.IsOn;
        if (asksFirst && identity.PublicKey is { } publicKey && signer.Key is null or AgentKey)
        {
            var algorithm = ChooseAlgorithm(identity, publicKey.Span);
            if (algorithm is null) return null;
            Log.KeyOffered(_options, identity.Name, algorithm, publicKey.Span);
            var answer = await RequestAsync(EncodeKeyRequest(algorithm, publicKey.Span, signs: false), ct)
                .ConfigureAwait(false);
            if (answer.Number != MessageNumber.UserAuthPublicKeyOk)
            {
                OnRefused(identity, algorithm, publicKey.Span);
                return answer;
            }

            CheckPublicKeyOk(answer.Message, publicKey.Span);
        }

        if (signer.Key is null && !await DecryptAsync(signer, ct).ConfigureAwait(false)) return null;
        return await SignInAsync(identity, signer, ct).ConfigureAwait(false);
    }

    private async Task<Reply?> SignInAsync(Identity identity, Identity signer, CancellationToken ct)
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
                .SignAsync(SshCertificate.PlainAlgorithm(algorithm), WithSessionId(request), ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or CryptographicException)
        {
            // The agent's user said no, or its token is not plugged in: the other keys may do.
            _report.Problem($"{signer.Name} cannot sign: {e.Message}");
            if (!signer.IsInAgent || signer.File is null) return null;

            // The file of the same key is there, too.
            signer.Key = null;
            return await DecryptAsync(signer, ct).ConfigureAwait(false)
                ? await SignInAsync(identity, signer, ct).ConfigureAwait(false)
                : null;
        }

        Log.KeySigns(_options, identity.Name, algorithm, publicKey.Span);
        var message = new byte[request.Length + 4 + signature.Length];
        var writer = new SshWriter(message);
        writer.WriteBytes(request);
        writer.WriteString(signature);
        var reply = await RequestAsync(message, ct).ConfigureAwait(false);
        if (IsRefusal(reply)) OnRefused(identity, algorithm, publicKey.Span);
        return reply;
    }

    private void OnRefused(Identity identity, string algorithm, ReadOnlySpan<byte> publicKey)
    {
        _report.Refused(NameWithProblem(identity));
        if (IsForAnotherAlgorithmNow(algorithm, publicKey)) identity.Tried = false;
    }

    /// <summary>The key's name and, for a certificate, what is visibly wrong with it.</summary>
    private string NameWithProblem(Identity identity)
    {
        if (identity.Certificate is not { } certificate) return identity.Name;
        if (certificate.WhyNotValidAt(DateTimeOffset.UtcNow) is { } why) return $"{identity.Name} ({why})";
        if (certificate.Principals.Contains(_options.User)) return identity.Name;
        if (certificate.Principals.Count == 0)
        {
            return $"{identity.Name} (it names no user, and sshd takes no such certificate since OpenSSH 10.3)";
        }

        var names = string.Join(", ", certificate.Principals.Take(4).Select(name => Printable.Text(name, 64)));
        return $"{identity.Name} (it is for {names}{(certificate.Principals.Count > 4 ? ", ..." : "")})";
    }

    private async Task<bool> DecryptAsync(Identity identity, CancellationToken ct)
    {
        var file = identity.File!;
        try
        {
            if (!file.IsEncrypted)
            {
                identity.Key = file.TryDecrypt(null, ct)!;
                await AddToAgentAsync(file, identity.Key, ct).ConfigureAwait(false);
                return true;
            }

            if (_options.BatchMode)
            {
                _report.KeyProblem($"the private key '{file.Path}' is encrypted, and BatchMode forbids to ask");
                return false;
            }

            for (var attempt = 1; attempt <= _options.NumberOfPasswordPrompts; attempt++)
            {
                var prompt = new SecretPrompt(
                    SecretKind.Passphrase, $"Enter passphrase for key '{file.Path}': ", file.Path, attempt);
                using var passphrase = await _options.Interaction.AskSecretAsync(prompt, ct).ConfigureAwait(false);
                if (passphrase is not { IsEmpty: false }) break;
                identity.Key = await file.TryDecryptAsync(passphrase, ct).ConfigureAwait(false);
                if (identity.Key is null) continue;
                await AddToAgentAsync(file, identity.Key, ct).ConfigureAwait(false);
                return true;
            }

            _report.KeyProblem($"there was no right passphrase for the private key '{file.Path}'");
            return false;
        }
        catch (SshException e) when (e.Error is SshError.KeyUnusable or SshError.AlgorithmUnavailable)
        {
            _report.KeyProblem(e.Message);
            return false;
        }
    }
}
