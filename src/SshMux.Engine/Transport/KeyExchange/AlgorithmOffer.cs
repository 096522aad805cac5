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
    /// Checks the lists of the options; throws <see cref="SshException"/> with
    /// <see cref="SshError.AlgorithmUnavailable"/> when nothing remains of one.
    /// </summary>
    public static AlgorithmOffer From(SshTransportOptions options) => new(
        Usable("key exchange method", options.KeyExchangeAlgorithms, SshAlgorithms.KeyExchange),
        Usable("host key algorithm", options.HostKeyAlgorithms, SshAlgorithms.HostKey),
        Usable("cipher", options.Ciphers, SshAlgorithms.Ciphers),
        Usable("MAC", options.Macs, SshAlgorithms.Macs))
    {
        Compression = options.Compression ? [.. SshAlgorithms.Compression.Reverse()] : SshAlgorithms.Compression,
    };

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
