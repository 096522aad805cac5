using SshMux.Engine.Configuration;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Connecting;

/// <summary>The algorithm lists of ssh_config(5) (Ciphers, KexAlgorithms, ...) applied to what is supported here.</summary>
internal static class AlgorithmList
{
    /// <summary>The supported algorithms that the configuration allows, in its order.</summary>
    /// <param name="keyword">The list's keyword, for the error.</param>
    /// <param name="configured">
    /// Names or patterns, and commas; begins with + (add), - (remove) or ^ (first); null: all. Names that are not
    /// supported are skipped.
    /// </param>
    /// <param name="supported">What is supported, in our order.</param>
    /// <exception cref="SshException"><see cref="SshError.NoCommonAlgorithm"/>: nothing is left.</exception>
    public static IReadOnlyList<string> Resolve(
        string keyword, string? configured, IReadOnlyList<string> supported)
    {
        if (string.IsNullOrEmpty(configured)) return supported;
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
    /// Whether a configured list leaves the order to us: OpenSSH lets what known_hosts has go first unless the user has set
    /// an order.
    /// </summary>
    public static bool LeavesOrder(string? configured) => configured is null or ['+' or '-', ..];
}
