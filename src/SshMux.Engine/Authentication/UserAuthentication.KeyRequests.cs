using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Configuration;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Authentication;

/// <content>The messages of the publickey method, and their algorithms.</content>
public sealed partial class UserAuthentication
{
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

        if (FirstAllowed(type) is { } algorithm) return algorithm;
        _report.Problem(
            $"{identity.Name} ({Printable.Text(type, 64)}) has no signature algorithm that " +
            "PubkeyAcceptedAlgorithms and the server allow");
        return null;
    }

    /// <summary>
    /// Whether nothing but the server's list (server-sig-algs) speaks against a key, while the server does not yet know
    /// who logs in: for the user it may have a wider one, which it sends before its first answer (RFC 8308 section 2.4).
    /// </summary>
    private bool IsRuledOutForNow(Identity identity)
    {
        if (_requests > 0 || (identity.PublicKey ?? identity.Key?.PublicKey) is not { } publicKey) return false;
        var type = KnownHostsEntry.TypeOf(publicKey.Span) ?? "";
        return FirstAllowed(type) is null && Accepted(SshPrivateKey.AlgorithmsOf(type)).Any();
    }

    /// <summary>
    /// Whether a key that was refused should be used with another algorithm by the list that the server has sent
    /// meanwhile.
    /// </summary>
    private bool IsForAnotherAlgorithmNow(string algorithm, ReadOnlySpan<byte> publicKey) =>
        FirstAllowed(KnownHostsEntry.TypeOf(publicKey) ?? "") is { } other && other != algorithm;

    private string? FirstAllowed(string type)
    {
        var algorithms = SshPrivateKey.AlgorithmsOf(type);
        var server = _options.ServerSignatureAlgorithms();

        // As in OpenSSH, the server's list only decides where a key has several algorithms; it names those of the
        // signature, also for certificates.
        return Accepted(algorithms).FirstOrDefault(algorithm => algorithms.Count == 1 || server is null
            || server.Contains(SshCertificate.PlainAlgorithm(algorithm)) || server.Contains(algorithm));
    }

    /// <summary>Those of a key's algorithms that PubkeyAcceptedAlgorithms allows, in its order.</summary>
    private IEnumerable<string> Accepted(IReadOnlyList<string> algorithms)
    {
        var patterns = _options.PubkeyAcceptedAlgorithms;
        if (patterns is null || SshAlgorithms.IsOlderDefault(patterns)) return algorithms;

        // What ssh -G leaves of a list from which everything was removed.
        if (patterns.Length == 0) return [];
        return patterns[0] switch
        {
            // These two add to the defaults, which are everything.
            '+' => algorithms,
            '^' => Ordered(patterns[1..]).Concat(algorithms).Distinct(),
            '-' => algorithms.Where(algorithm => !HostPattern.MatchesList(algorithm, patterns[1..])),
            _ => Ordered(patterns),
        };

        IEnumerable<string> Ordered(string list) => list
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .SelectMany(pattern => algorithms.Where(algorithm => HostPattern.Matches(algorithm, pattern)))
            .Distinct();
    }

    /// <summary>
    /// The request without the signature. One with a signature names the host's key where the server knows how
    /// (OpenSSH's PROTOCOL, section 3.1): then it is of no use to another server, and agents can tell for whom they
    /// sign.
    /// </summary>
    private byte[] EncodeKeyRequest(string algorithm, ReadOnlySpan<byte> publicKey, bool signs)
    {
        var hostKey = signs ? _options.HostKeyToBind() : null;
        var method = hostKey is null ? "publickey" : "publickey-hostbound-v00@openssh.com";
        var request = new byte[
            RequestHeadLength(method) + 1 + SshWriter.StringLength(algorithm) + 4 + publicKey.Length +
            (hostKey is { } bound ? 4 + bound.Length : 0)];
        var writer = new SshWriter(request);
        WriteRequestHead(ref writer, method);
        writer.WriteBoolean(signs);
        writer.WriteString(algorithm);
        writer.WriteString(publicKey);
        if (hostKey is { } named) writer.WriteString(named.Span);
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
