using System.Security.Cryptography;
using SshMux.Engine.Configuration;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <content>The publickey method (RFC 4252 section 7).</content>
public sealed partial class UserAuthentication
{
    private IdentityList? _identities;
    private Identity? _offered;

    /// <summary>Offers the next key; null if there is none left.</summary>
    private async Task<Reply?> TryKeysAsync(CancellationToken ct)
    {
        if (_identities is null)
        {
            _identities = await IdentityList.LoadAsync(_options, ct).ConfigureAwait(false);
            _report.KeyProblems = _identities.Problems;
        }

        foreach (var identity in _identities.Identities)
        {
            if (identity.Tried) continue;
            identity.Tried = true;
            _offered = identity;
            if (await TryKeyAsync(identity, ct).ConfigureAwait(false) is { } reply) return reply;
        }

        _offered = null;
        return null;
    }

    /// <summary>One key: the server's last word about it, or null if it could not be asked.</summary>
    private async Task<Reply?> TryKeyAsync(Identity identity, CancellationToken ct)
    {
        // Asking first whether the server would take the key spares the user the passphrase, or a touch of the agent's
        // token, for a key that is of no use. A key that signs without anybody's help is just used.
        var asksFirst = identity.IsInAgent || identity.File is { IsEncrypted: true };
        if (asksFirst && identity.PublicKey is { } publicKey && identity.Key is null or AgentKey)
        {
            var algorithm = ChooseAlgorithm(identity, publicKey.Span);
            if (algorithm is null) return null;
            Log.KeyOffered(_options.Logger, identity.Name, algorithm, publicKey.Span);
            var answer = await RequestAsync(EncodeKeyRequest(algorithm, publicKey.Span, signs: false), ct)
                .ConfigureAwait(false);
            if (answer.Number != MessageNumber.UserAuthPublicKeyOk)
            {
                _report.Refused(identity.Name);
                return answer;
            }

            CheckPublicKeyOk(answer.Message, publicKey.Span);
        }

        if (identity.Key is null && !await DecryptAsync(identity, ct).ConfigureAwait(false)) return null;
        return await SignInAsync(identity, identity.Key!, ct).ConfigureAwait(false);
    }

    private async Task<Reply?> SignInAsync(Identity identity, SshPrivateKey key, CancellationToken ct)
    {
        var algorithm = ChooseAlgorithm(identity, key.PublicKey.Span);
        if (algorithm is null) return null;
        var request = EncodeKeyRequest(algorithm, key.PublicKey.Span, signs: true);
        byte[] signature;
        try
        {
            signature = await key.SignAsync(algorithm, WithSessionId(request), ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or CryptographicException)
        {
            // The agent's user said no, or its token is not plugged in: the other keys may do.
            _report.Problem($"{identity.Name} cannot sign: {e.Message}");
            if (!identity.IsInAgent || identity.File is null) return null;

            // The file of the same key is there, too.
            identity.Key = null;
            return await DecryptAsync(identity, ct).ConfigureAwait(false)
                ? await SignInAsync(identity, identity.Key!, ct).ConfigureAwait(false)
                : null;
        }

        Log.KeySigns(_options.Logger, identity.Name, algorithm, key.PublicKey.Span);
        var message = new byte[request.Length + 4 + signature.Length];
        var writer = new SshWriter(message);
        writer.WriteBytes(request);
        writer.WriteString(signature);
        var reply = await RequestAsync(message, ct).ConfigureAwait(false);
        if (reply.Number == MessageNumber.UserAuthFailure && !Failure.Parse(reply.Message).PartialSuccess)
        {
            _report.Refused(identity.Name);
        }

        return reply;
    }

    private async Task<bool> DecryptAsync(Identity identity, CancellationToken ct)
    {
        var file = identity.File!;
        try
        {
            if (!file.IsEncrypted)
            {
                identity.Key = file.TryDecrypt(null, ct);
                return true;
            }

            if (_options.BatchMode)
            {
                _report.Problem($"the private key '{file.Path}' is encrypted, and BatchMode forbids to ask");
                return false;
            }

            for (var attempt = 1; attempt <= _options.NumberOfPasswordPrompts; attempt++)
            {
                var prompt = new SecretPrompt(
                    SecretKind.Passphrase, $"Enter passphrase for key '{file.Path}': ", file.Path, attempt);
                using var passphrase = await _options.Interaction.AskSecretAsync(prompt, ct).ConfigureAwait(false);
                if (passphrase is not { IsEmpty: false }) break;
                identity.Key = await file.TryDecryptAsync(passphrase, ct).ConfigureAwait(false);
                if (identity.Key is not null) return true;
            }

            _report.Problem($"there was no right passphrase for the private key '{file.Path}'");
            return false;
        }
        catch (SshException e) when (e.Error is SshError.KeyUnusable or SshError.AlgorithmUnavailable)
        {
            _report.Problem(e.Message);
            return false;
        }
    }

    /// <summary>
    /// The first algorithm of the key that the configuration and, for RSA, the server allow; null (and said) if none.
    /// </summary>
    private string? ChooseAlgorithm(Identity identity, ReadOnlySpan<byte> publicKey)
    {
        var type = KnownHostsEntry.TypeOf(publicKey) ?? "";
        if (Identity.IsTooShort(publicKey, type, _options.RequiredRsaSize))
        {
            _report.Problem($"{identity.Name} is an RSA key of fewer than {_options.RequiredRsaSize} bits");
            return null;
        }

        var algorithms = SshPrivateKey.AlgorithmsOf(type);
        var server = _options.ServerSignatureAlgorithms();
        foreach (var algorithm in algorithms)
        {
            if (!IsAccepted(algorithm)) continue;

            // As in OpenSSH, the server's list only decides where a key has several algorithms.
            if (algorithms.Count == 1 || server is null || server.Contains(algorithm)) return algorithm;
        }

        _report.Problem(
            $"{identity.Name} ({type}) has no signature algorithm that PubkeyAcceptedAlgorithms and the server allow");
        return null;
    }

    private bool IsAccepted(string algorithm)
    {
        var patterns = _options.PubkeyAcceptedAlgorithms;
        return patterns is null || patterns.Length == 0 || patterns[0] switch
        {
            // These two add to the defaults, which are everything.
            '+' or '^' => true,
            '-' => !HostPattern.MatchesList(algorithm, patterns[1..]),
            _ => HostPattern.MatchesList(algorithm, patterns),
        };
    }

    private byte[] EncodeKeyRequest(string algorithm, ReadOnlySpan<byte> publicKey, bool signs)
    {
        var request = new byte[
            RequestHeadLength("publickey") + 1 + SshWriter.StringLength(algorithm) + 4 + publicKey.Length];
        var writer = new SshWriter(request);
        WriteRequestHead(ref writer, "publickey");
        writer.WriteBoolean(signs);
        writer.WriteString(algorithm);
        writer.WriteString(publicKey);
        return request;
    }

    private byte[] WithSessionId(byte[] request)
    {
        var data = new byte[4 + _sessionId.Length + request.Length];
        var writer = new SshWriter(data);
        writer.WriteString(_sessionId.Span);
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
}
