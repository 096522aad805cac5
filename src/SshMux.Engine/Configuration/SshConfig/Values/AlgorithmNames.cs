using SshMux.Engine.Configuration.SshConfig.Syntax;

namespace SshMux.Engine.Configuration.SshConfig.Values;

/// <summary>
/// The algorithms that OpenSSH 10.6 has, by name: which of them a configuration may name (we need not have it), and which
/// ssh -G shows when nobody has configured them.
/// </summary>
/// <param name="all">All of them, in OpenSSH's order.</param>
/// <param name="defaults">Those that it uses by default.</param>
internal sealed class AlgorithmNames(string[] all, string[] defaults)
{
    private const string EcdsaCertificates =
        "ecdsa-sha2-nistp256-cert-v01@openssh.com ecdsa-sha2-nistp384-cert-v01@openssh.com " +
        "ecdsa-sha2-nistp521-cert-v01@openssh.com";

    private const string Ecdsa = "ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521";

    /// <summary>Ciphers.</summary>
    public static readonly AlgorithmNames Ciphers = Of(
        "3des-cbc aes128-cbc aes192-cbc aes256-cbc aes128-ctr aes192-ctr aes256-ctr aes128-gcm@openssh.com " +
        "aes256-gcm@openssh.com chacha20-poly1305@openssh.com",
        "chacha20-poly1305@openssh.com aes128-gcm@openssh.com aes256-gcm@openssh.com aes128-ctr aes192-ctr aes256-ctr");

    /// <summary>MACs.</summary>
    public static readonly AlgorithmNames Macs = Of(
        "hmac-sha1 hmac-sha1-96 hmac-sha2-256 hmac-sha2-512 hmac-md5 hmac-md5-96 umac-64@openssh.com " +
        "umac-128@openssh.com hmac-sha1-etm@openssh.com hmac-sha1-96-etm@openssh.com hmac-sha2-256-etm@openssh.com " +
        "hmac-sha2-512-etm@openssh.com hmac-md5-etm@openssh.com hmac-md5-96-etm@openssh.com " +
        "umac-64-etm@openssh.com umac-128-etm@openssh.com",
        "umac-64-etm@openssh.com umac-128-etm@openssh.com hmac-sha2-256-etm@openssh.com " +
        "hmac-sha2-512-etm@openssh.com hmac-sha1-etm@openssh.com umac-64@openssh.com umac-128@openssh.com " +
        "hmac-sha2-256 hmac-sha2-512 hmac-sha1");

    /// <summary>KexAlgorithms.</summary>
    public static readonly AlgorithmNames KeyExchange = Of(
        "diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 diffie-hellman-group14-sha256 " +
        "diffie-hellman-group16-sha512 diffie-hellman-group18-sha512 diffie-hellman-group-exchange-sha1 " +
        "diffie-hellman-group-exchange-sha256 ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521 " +
        "mlkem768nistp256-sha256 curve25519-sha256 curve25519-sha256@libssh.org sntrup761x25519-sha512 " +
        "sntrup761x25519-sha512@openssh.com mlkem768x25519-sha256",
        "mlkem768x25519-sha256 sntrup761x25519-sha512 sntrup761x25519-sha512@openssh.com curve25519-sha256 " +
        "curve25519-sha256@libssh.org ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521 " +
        "diffie-hellman-group-exchange-sha256 diffie-hellman-group16-sha512 diffie-hellman-group18-sha512 " +
        "diffie-hellman-group14-sha256");

    /// <summary>HostKeyAlgorithms, PubkeyAcceptedAlgorithms and HostbasedAcceptedAlgorithms.</summary>
    public static readonly AlgorithmNames Keys = Of(
        "ssh-ed25519 ssh-ed25519-cert-v01@openssh.com sk-ssh-ed25519@openssh.com sk-ssh-ed25519-cert-v01@openssh.com " +
        "ssh-mldsa44-ed25519 ssh-mldsa44-ed25519-cert ecdsa-sha2-nistp256 ecdsa-sha2-nistp256-cert-v01@openssh.com " +
        "ecdsa-sha2-nistp384 ecdsa-sha2-nistp384-cert-v01@openssh.com ecdsa-sha2-nistp521 " +
        "ecdsa-sha2-nistp521-cert-v01@openssh.com sk-ecdsa-sha2-nistp256@openssh.com " +
        "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com webauthn-sk-ecdsa-sha2-nistp256@openssh.com " +
        "webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com ssh-rsa ssh-rsa-cert-v01@openssh.com rsa-sha2-256 " +
        "rsa-sha2-256-cert-v01@openssh.com rsa-sha2-512 rsa-sha2-512-cert-v01@openssh.com",
        "ssh-ed25519-cert-v01@openssh.com " + EcdsaCertificates + " sk-ssh-ed25519-cert-v01@openssh.com " +
        "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com " +
        "rsa-sha2-512-cert-v01@openssh.com rsa-sha2-256-cert-v01@openssh.com ssh-mldsa44-ed25519-cert ssh-ed25519 " +
        Ecdsa + " sk-ssh-ed25519@openssh.com sk-ecdsa-sha2-nistp256@openssh.com " +
        "webauthn-sk-ecdsa-sha2-nistp256@openssh.com rsa-sha2-512 rsa-sha2-256 ssh-mldsa44-ed25519");

    /// <summary>CASignatureAlgorithms.</summary>
    public static readonly AlgorithmNames Signatures = Of(
        "ssh-ed25519 sk-ssh-ed25519@openssh.com ssh-mldsa44-ed25519 " + Ecdsa + " sk-ecdsa-sha2-nistp256@openssh.com " +
        "webauthn-sk-ecdsa-sha2-nistp256@openssh.com ssh-rsa rsa-sha2-256 rsa-sha2-512",
        "ssh-ed25519 " + Ecdsa + " sk-ssh-ed25519@openssh.com sk-ecdsa-sha2-nistp256@openssh.com " +
        "webauthn-sk-ecdsa-sha2-nistp256@openssh.com rsa-sha2-512 rsa-sha2-256");

    /// <summary>A reader of names of exactly these, with +, - or ^ before them.</summary>
    /// <param name="problem">What ssh(1) says of others, up to the value.</param>
    /// <param name="canBeNone">Whether a list is read that has nothing before its first comma.</param>
    public ValueReader ReadNames(string problem, bool canBeNone = false) =>
        arguments => Read(arguments, problem, canBeNone, IsName);

    /// <summary>A reader of names and patterns of these, with +, - or ^ before them.</summary>
    public ValueReader ReadPatterns() => arguments => Read(
        arguments, "Bad key types", true,
        pattern => Array.Exists(all, name => IsName(pattern) || HostPattern.MatchList(name, pattern) != 0));

    /// <summary>
    /// What a value comes to, as ssh -G shows it: names of <see cref="ReadNames"/> that there are, their order, and what
    /// +, - and ^ make of the defaults. Null: nothing is left.
    /// </summary>
    /// <param name="value">The value; null: the defaults.</param>
    public string? Assemble(string? value)
    {
        if (value is null) return string.Join(',', defaults);
        if (value.StartsWith('-'))
        {
            return string.Join(',', defaults.Where(name => HostPattern.MatchList(name, value.AsSpan(1)) != 1));
        }

        string[] named = value[0] is '+' or '^' ? Split(value[1..]) : Split(value);
        var patterns = value[0] switch
        {
            '+' => defaults.Concat(named),
            '^' => named.Concat(defaults),
            _ => named,
        };
        List<string> result = [];
        foreach (var pattern in patterns)
        {
            // Exclusion is not for lists that name.
            if (pattern.StartsWith('!')) return null;
            foreach (var name in all)
            {
                if (HostPattern.Matches(name, pattern) && !result.Contains(name)) result.Add(name);
            }
        }

        return result.Count == 0 ? null : string.Join(',', result);
    }

    private static AlgorithmNames Of(string all, string defaults) => new(all.Split(' '), defaults.Split(' '));

    private static string[] Split(string names) => names.Split(',');

    private static IReadOnlyList<string> Read(
        Arguments arguments, string problem, bool canBeNone, Predicate<string> isValid)
    {
        var word = arguments.Demand();
        if (word[0] == '-') return [word];
        var names = word[0] is '+' or '^' ? word[1..] : word;
        if (names.Length == 0) throw Bad();

        // As C's strsep loop, which ends at an empty name.
        foreach (var name in names.Split(','))
        {
            if (name.Length == 0) break;
            if (!isValid(name)) throw Bad();
        }

        return names[0] == ',' && !canBeNone ? throw Bad() : [word];

        SettingProblem Bad() => new($"{problem} '{word}'.");
    }

    private bool IsName(string name) => Array.IndexOf(all, name) >= 0;
}
