using SshMux.Engine.Configuration;

namespace SshMux.Engine.Connection;

/// <summary>
/// The algorithm lists of ssh_config(5) (Ciphers, KexAlgorithms, ...) applied to what is supported here.
/// </summary>
internal static class AlgorithmList
{
    // What ssh -G prints when nobody has configured Ciphers. Their order suits OpenSSH's own implementations; without
    // anybody's wish we keep ours.
    private static readonly string[] UnconfiguredCiphers =
    [
        "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr",
    ];

    /// <summary>The supported algorithms that the configuration allows, in its order.</summary>
    /// <param name="keyword">The list's keyword, for the error.</param>
    /// <param name="configured">Names and commas; begins with + (add), - (remove) or ^ (first); null: all.</param>
    /// <param name="supported">What is supported, in our order.</param>
    /// <exception cref="SshException"><see cref="SshError.NoCommonAlgorithm"/>: nothing is left.</exception>
    public static IReadOnlyList<string> Resolve(
        string keyword, string? configured, IReadOnlyList<string> supported)
    {
        if (string.IsNullOrEmpty(configured) || UnconfiguredCiphers.Contains(configured)) return supported;
        var names = configured.TrimStart('+', '-', '^').Split(',', StringSplitOptions.TrimEntries);
        IReadOnlyList<string> result = configured[0] switch
        {
            // It can only add what OpenSSH leaves out by default; ours has all that is supported.
            '+' => supported,
            '-' => [.. supported.Where(name => !names.Any(pattern => HostPattern.Matches(name, pattern)))],
            '^' => [.. names.Where(supported.Contains), .. supported.Where(name => !names.Contains(name))],
            _ => [.. names.Where(supported.Contains).Distinct()],
        };
        if (result.Count > 0) return result;
        throw new SshException(
            SshError.NoCommonAlgorithm,
            $"none of the {keyword} that the configuration allows ({configured}) is supported here; " +
            $"supported are {string.Join(',', supported)}");
    }
}
