using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>What we offer: the lists of the options without what this machine cannot do.</summary>
internal sealed record AlgorithmOffer(
    IReadOnlyList<string> KeyExchange,
    IReadOnlyList<string> HostKey,
    IReadOnlyList<string> Ciphers,
    IReadOnlyList<string> Macs)
{
    /// <summary>Compression, as OpenSSH orders it: what is not wanted comes second.</summary>
    public IReadOnlyList<string> Compression { get; init; } = SshAlgorithms.Compression;

    /// <summary>
    /// What of the wishes can be done here; throws <see cref="SshException"/> with
    /// <see cref="SshError.AlgorithmUnavailable"/> when nothing remains of a list.
    /// </summary>
    public static AlgorithmOffer From(
        IReadOnlyList<string> keyExchange,
        IReadOnlyList<string> hostKey,
        IReadOnlyList<string> ciphers,
        IReadOnlyList<string> macs,
        bool compression)
    {
        return new AlgorithmOffer(
            Usable("key exchange method", keyExchange, SshAlgorithms.KeyExchange),
            Usable("host key algorithm", hostKey, SshAlgorithms.HostKey),
            Usable("cipher", ciphers, SshAlgorithms.Ciphers),
            Usable("MAC", macs, SshAlgorithms.Macs))
        {
            Compression = compression ? [.. SshAlgorithms.Compression.Reverse()] : SshAlgorithms.Compression,
        };
    }

    private static string[] Usable(string kind, IReadOnlyList<string> wanted, IReadOnlyList<string> available)
    {
        var usable = wanted.Where(available.Contains).Distinct().ToArray();
        if (usable.Length > 0) return usable;
        var why = wanted.Select(SshAlgorithms.WhyUnavailable).FirstOrDefault(reason => reason is not null);
        throw new SshException(
            SshError.AlgorithmUnavailable,
            $"no {kind} of \"{string.Join(',', wanted)}\" can be used"
            + (why is null ? $"; supported are \"{string.Join(',', available)}\"" : $": {why}"));
    }
}
