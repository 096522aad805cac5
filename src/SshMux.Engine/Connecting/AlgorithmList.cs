using SshMux.Engine.Configuration;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Connecting;

/// <summary>
/// The algorithm lists of ssh_config(5) (Ciphers, KexAlgorithms, ...) applied to what is supported here. Where ssh -G
/// reads the configuration, it has resolved +, - and ^ already, against OpenSSH's own defaults.
/// </summary>
internal static class AlgorithmList
{
    private const string KexBefore9 =
        "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521," +
        "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512," +
        "diffie-hellman-group14-sha256";

    // What ssh -G prints when nobody has configured Ciphers or KexAlgorithms. The order of ciphers suits OpenSSH's own
    // implementations, and before 9.9 it knew no ML-KEM (10.0 put it first); without anybody's wish we keep ours.
    private static readonly string[] Unconfigured =
    [
        "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr",
        "sntrup761x25519-sha512@openssh.com," + KexBefore9,
        "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com," + KexBefore9,
        "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,mlkem768x25519-sha256," + KexBefore9,
        "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com," + KexBefore9,
        KexBefore9,
    ];

    /// <summary>Whether a list is nobody's wish: it is not set, or what ssh -G prints when it is not.</summary>
    public static bool IsUnconfigured(string? configured) => configured is null || Unconfigured.Contains(configured);

    /// <summary>The supported algorithms that the configuration allows, in its order.</summary>
    /// <param name="keyword">The list's keyword, for the error.</param>
    /// <param name="configured">
    /// Names or patterns, and commas; begins with + (add), - (remove) or ^ (first); null: all. Names that are not
    /// supported are skipped. Empty is what ssh -G leaves of a list from which everything was removed.
    /// </param>
    /// <param name="supported">What is supported, in our order.</param>
    /// <exception cref="SshException"><see cref="SshError.NoCommonAlgorithm"/>: nothing is left.</exception>
    public static IReadOnlyList<string> Resolve(
        string keyword, string? configured, IReadOnlyList<string> supported)
    {
        if (configured is null || IsUnconfigured(configured) || SshAlgorithms.IsOlderDefault(configured)) return supported;
        if (configured.Length == 0)
        {
            throw new SshException(
                SshError.NoCommonAlgorithm,
                $"the configuration removes all {keyword}; supported are {string.Join(',', supported)}");
        }

        var named = configured.TrimStart('+', '-', '^').Split(',', StringSplitOptions.TrimEntries)
            .SelectMany(pattern => supported.Where(name => HostPattern.Matches(name, pattern)))
            .Distinct()
            .ToList();
        IReadOnlyList<string> result = configured[0] switch
        {
            // It can only add what OpenSSH leaves out by default; ours has all that is supported.
            '+' => supported,
            '-' => [.. supported.Except(named)],
            '^' => [.. named, .. supported.Except(named)],
            _ => named,
        };
        if (result.Count > 0) return result;
        var why = configured.Split(',').Select(SshAlgorithms.WhyUnavailable).FirstOrDefault(reason => reason is not null);
        throw new SshException(
            SshError.NoCommonAlgorithm,
            $"none of the {keyword} that the configuration allows ({configured}) is supported here; " +
            $"supported are {string.Join(',', supported)}{(why is null ? "" : $" ({why})")}");
    }

    /// <summary>
    /// Whether a resolved list has the default order, so that it is nobody's wish: OpenSSH lets what known_hosts has go
    /// first unless the user has set an order.
    /// </summary>
    public static bool IsInDefaultOrder(IReadOnlyList<string> list, IReadOnlyList<string> supported)
    {
        var next = 0;
        foreach (var name in supported)
        {
            if (next < list.Count && list[next] == name) next++;
        }

        return next == list.Count;
    }
}
