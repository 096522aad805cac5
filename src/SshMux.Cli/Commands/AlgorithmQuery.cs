using SshMux.Cli.Output;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Cli.Commands;

/// <summary>What <c>-Q</c> tells: the algorithms that work on this machine.</summary>
internal static class AlgorithmQuery
{
    /// <summary>The lines for a query.</summary>
    /// <exception cref="UsageException">There is no such query.</exception>
    public static IReadOnlyList<string> Answer(string query) => query.ToLowerInvariant() switch
    {
        "cipher" or "ciphers" => SshAlgorithms.Ciphers,
        "cipher-auth" => [.. Authenticated(SshAlgorithms.Ciphers)],
        "mac" or "macs" => SshAlgorithms.Macs,
        "kex" or "kexalgorithms" => SshAlgorithms.KeyExchange,
        "key" => [.. KeyTypes(Own(SshAlgorithms.HostKey))],
        "key-plain" => [.. KeyTypes(Own(SshAlgorithms.Signature))],
        "key-ca-sign-algorithms" or "casignaturealgorithms" => SshAlgorithms.Signature,
        "key-sig" or "sig" => [.. Own(SshAlgorithms.HostKey)],
        "hostkeyalgorithms" or "pubkeyacceptedalgorithms" or "pubkeyacceptedkeytypes" => SshAlgorithms.HostKey,
        "key-cert" => [.. KeyTypes(Own(SshAlgorithms.CertificateSignature))],
        "compression" => SshAlgorithms.Compression,
        "protocol-version" => ["2"],
        "help" =>
        [
            "cipher", "cipher-auth", "compression", "kex", "key", "key-ca-sign-algorithms", "key-cert", "key-plain",
            "key-sig", "mac", "protocol-version", "sig",
        ],
        _ => throw new UsageException($"Unsupported query \"{query}\""),
    };

    /// <summary>
    /// Those that sshmux can sign with, too: a key on a FIDO token is the agent's, and only its signatures are checked.
    /// </summary>
    private static IEnumerable<string> Own(IEnumerable<string> algorithms) =>
        algorithms.Where(name => !name.StartsWith("sk-", StringComparison.Ordinal));

    private static IEnumerable<string> Authenticated(IReadOnlyList<string> ciphers)
    {
        foreach (var cipher in ciphers)
        {
            if (!cipher.EndsWith("-ctr", StringComparison.Ordinal)) yield return cipher;
        }
    }

    /// <summary>
    /// A key type has its signature algorithm's name, but RSA has several of these. OpenSSH's own scripts make a key of
    /// every type that is listed, with the ssh-keygen that is installed: what is newer than most of these is left out.
    /// </summary>
    private static List<string> KeyTypes(IEnumerable<string> algorithms)
    {
        List<string> types = [];
        foreach (var algorithm in algorithms)
        {
            var type = algorithm.Replace("rsa-sha2-512", "ssh-rsa", StringComparison.Ordinal)
                .Replace("rsa-sha2-256", "ssh-rsa", StringComparison.Ordinal);
            if (!types.Contains(type) && !type.StartsWith("ssh-mldsa", StringComparison.Ordinal)) types.Add(type);
        }

        return types;
    }
}
