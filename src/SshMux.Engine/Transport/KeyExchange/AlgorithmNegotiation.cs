using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport.KeyExchange;

/// <summary>
/// Finds what both sides' SSH_MSG_KEXINITs have in common (RFC 4253 section 7.1): the client's first choice.
/// </summary>
internal static class AlgorithmNegotiation
{
    private const string ToServer = " (to the server)";
    private const string FromServer = " (from the server)";

    /// <summary>
    /// Agrees. <paramref name="strict"/> is what the first exchange settled, null in the first exchange itself. Throws
    /// <see cref="SshException"/> with <see cref="SshError.NoCommonAlgorithm"/>.
    /// </summary>
    public static NegotiatedAlgorithms Negotiate(KexInit ours, KexInit server, bool? strict)
    {
        var cipherOut = Choose("cipher", ours.CiphersOut, server.CiphersOut, ToServer);
        var cipherIn = Choose("cipher", ours.CiphersIn, server.CiphersIn, FromServer);
        return new NegotiatedAlgorithms
        {
            KeyExchange = Choose("key exchange method", Methods(ours), Methods(server)),
            HostKey = Choose("host key type", ours.HostKey, server.HostKey),
            CipherOut = cipherOut,
            CipherIn = cipherIn,
            MacOut = ChooseMac(cipherOut, ours.MacsOut, server.MacsOut, ToServer),
            MacIn = ChooseMac(cipherIn, ours.MacsIn, server.MacsIn, FromServer),
            CompressionOut = Choose("compression method", ours.CompressionOut, server.CompressionOut, ToServer),
            CompressionIn = Choose("compression method", ours.CompressionIn, server.CompressionIn, FromServer),
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
        string cipher, IReadOnlyList<string> ours, IReadOnlyList<string> server, string direction) =>
        PacketCipherFactory.IsAuthenticated(cipher) ? null : Choose("MAC", ours, server, direction);

    /// <summary>The client's first choice; if there is none, that is told in the words of ssh(1).</summary>
    private static string Choose(
        string kind, IReadOnlyList<string> ours, IReadOnlyList<string> server, string direction = "") =>
        ours.FirstOrDefault(server.Contains) ?? throw new SshException(
            SshError.NoCommonAlgorithm,
            $"Unable to negotiate: no matching {kind} found. Their offer: "
            + $"{Printable.Text(string.Join(',', server), 1024)}; ours{direction}: {string.Join(',', ours)}");
}
