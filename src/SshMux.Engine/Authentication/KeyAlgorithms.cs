using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Keys;
using SshMux.Engine.Configuration;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication;

/// <summary>
/// The signature algorithms that may be used with a key: by PubkeyAcceptedAlgorithms and by the server's list
/// (<c>server-sig-algs</c>), as far as it has come.
/// </summary>
internal sealed class KeyAlgorithms(AuthenticationOptions options)
{
    /// <summary>
    /// The first one of a type of key that the configuration and, for RSA, the server allow; null if none.
    /// </summary>
    public string? First(string type)
    {
        var algorithms = SshPrivateKey.AlgorithmsOf(type);
        var server = options.ServerSignatureAlgorithms();

        // As in OpenSSH, the server's list only decides where a key has several algorithms; it names those of the
        // signature, also for certificates.
        return Accepted(algorithms).FirstOrDefault(algorithm => algorithms.Count == 1 || server is null
            || server.Contains(SshCertificate.PlainAlgorithm(algorithm)) || server.Contains(algorithm));
    }

    /// <summary>Whether nothing but the server's list speaks against a type of key.</summary>
    public bool AreRuledOutByServer(string type) =>
        First(type) is null && Accepted(SshPrivateKey.AlgorithmsOf(type)).Any();

    /// <summary>
    /// Whether a key that was refused should be used with another algorithm by the list that the server has sent
    /// meanwhile.
    /// </summary>
    public bool HaveAnother(string algorithm, ReadOnlySpan<byte> publicKey) =>
        First(KnownHostsEntry.TypeOf(publicKey) ?? "") is { } other && other != algorithm;

    /// <summary>Those of a key's algorithms that PubkeyAcceptedAlgorithms allows, in its order.</summary>
    private IEnumerable<string> Accepted(IReadOnlyList<string> algorithms)
    {
        var patterns = options.PubkeyAcceptedAlgorithms;
        if (string.IsNullOrEmpty(patterns)) return algorithms;
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
}
