using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;

namespace SshMux.Engine.Connecting;

/// <summary>WarnWeakCrypto, as ssh(1) has it since OpenSSH 10.1.</summary>
internal static partial class WeakCryptoWarning
{
    /// <summary>
    /// Tells the user of a key exchange that is not post-quantum, unless somebody has chosen the methods
    /// (KexAlgorithms): who did knows.
    /// </summary>
    public static void Give(HostConfiguration configuration, NegotiatedAlgorithms algorithms, ILogger logger)
    {
        if (!configuration.WarnWeakCrypto || HybridKey.IsPostQuantum(algorithms.KeyExchange)) return;
        if (configuration.KexAlgorithms is null) LogNotPostQuantum(logger);
    }

    // ssh(1)'s own words, which people and programs look for.
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "** WARNING: connection is not using a post-quantum key exchange algorithm.\n"
            + "** This session may be vulnerable to \"store now, decrypt later\" attacks.\n"
            + "** The server may need to be upgraded. See https://openssh.com/pq.html")]
    private static partial void LogNotPostQuantum(ILogger logger);
}
