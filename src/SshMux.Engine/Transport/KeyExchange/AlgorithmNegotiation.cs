using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>
/// Finds what both sides' SSH_MSG_KEXINITs have in common (RFC 4253 section 7.1): the client's first choice.
/// </summary>
internal static class AlgorithmNegotiation
{
    /// <summary>
    /// Agrees. <paramref name="strict"/> is what the first exchange settled, null in the first exchange itself. Throws
    /// <see cref="SshException"/> with <see cref="SshError.NoCommonAlgorithm"/>.
    /// </summary>
    public static NegotiatedAlgorithms Negotiate(KexInit ours, KexInit server, bool? strict)
    {
        var cipherOut = Choose("cipher (to the server)", ours.CiphersOut, server.CiphersOut);
        var cipherIn = Choose("cipher (from the server)", ours.CiphersIn, server.CiphersIn);
        return new NegotiatedAlgorithms
        {
            KeyExchange = Choose("key exchange method", Methods(ours), Methods(server)),
            HostKey = Choose("host key algorithm", ours.HostKey, server.HostKey),
            CipherOut = cipherOut,
            CipherIn = cipherIn,
            MacOut = ChooseMac("MAC (to the server)", cipherOut, ours.MacsOut, server.MacsOut),
            MacIn = ChooseMac("MAC (from the server)", cipherIn, ours.MacsIn, server.MacsIn),
            CompressionOut = Choose("compression (to the server)", ours.CompressionOut, server.CompressionOut),
            CompressionIn = Choose("compression (from the server)", ours.CompressionIn, server.CompressionIn),
            StrictKeyExchange = strict ?? server.KeyExchange.Contains(KexInit.StrictServer),
        };
    }

    /// <summary>
    /// Whether the server's guess was right, so that the packet that follows its SSH_MSG_KEXINIT counts: both sides
    /// have the same first key exchange method and host key algorithm.
    /// </summary>
    public static bool GuessedRight(KexInit ours, KexInit server) =>
        server.KeyExchange is [var method, ..] && method == ours.KeyExchange[0]
        && server.HostKey is [var hostKey, ..] && hostKey == ours.HostKey[0];

    /// <summary>The methods without the markers that share their list.</summary>
    private static string[] Methods(KexInit init) =>
    [
        .. init.KeyExchange.Where(name => !name.StartsWith("kex-strict-", StringComparison.Ordinal)
            && !name.StartsWith("ext-info-", StringComparison.Ordinal)),
    ];

    private static string? ChooseMac(
        string kind, string cipher, IReadOnlyList<string> ours, IReadOnlyList<string> server) =>
        PacketCipherFactory.IsAuthenticated(cipher) ? null : Choose(kind, ours, server);

    private static string Choose(string kind, IReadOnlyList<string> ours, IReadOnlyList<string> server) =>
        ours.FirstOrDefault(server.Contains) ?? throw new SshException(
            SshError.NoCommonAlgorithm,
            $"no common {kind}: the server offers \"{Printable.Text(string.Join(',', server), 1024)}\", "
            + $"this side \"{string.Join(',', ours)}\"");
}
