using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;

namespace SshMux.Engine.Connecting;

/// <content>WarnWeakCrypto, as ssh(1) has it since OpenSSH 10.1.</content>
public static partial class SshConnector
{
    /// <summary>
    /// Tells the user of a key exchange that is not post-quantum, unless somebody has chosen the methods
    /// (KexAlgorithms): who did knows.
    /// </summary>
    private static void WarnOfWeakCrypto(
        HostConfiguration configuration, NegotiatedAlgorithms algorithms, ILogger logger)
    {
        if (!configuration.WarnWeakCrypto || HybridKey.IsPostQuantum(algorithms.KeyExchange)) return;
        if (AlgorithmList.IsUnconfigured(configuration.KexAlgorithms)) Log.NotPostQuantum(logger);
    }

    private static partial class Log
    {
        // ssh(1)'s own words, which people and programs look for.
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "** WARNING: connection is not using a post-quantum key exchange algorithm.\n"
                + "** This session may be vulnerable to \"store now, decrypt later\" attacks.\n"
                + "** The server may need to be upgraded. See https://openssh.com/pq.html")]
        public static partial void NotPostQuantum(ILogger logger);
    }
}
