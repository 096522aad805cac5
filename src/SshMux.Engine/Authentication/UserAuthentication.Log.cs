using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Authentication;

/// <content>What is traced; never a secret.</content>
public sealed partial class UserAuthentication
{
    private static partial class Log
    {
        public static void KeyOffered(ILogger logger, string name, string algorithm, ReadOnlySpan<byte> publicKey)
        {
            if (!logger.IsEnabled(LogLevel.Debug)) return;
            var fingerprint = Identity.Fingerprint(publicKey);
            Offering(logger, name, algorithm, fingerprint);
        }

        public static void KeySigns(ILogger logger, string name, string algorithm, ReadOnlySpan<byte> publicKey)
        {
            if (!logger.IsEnabled(LogLevel.Debug)) return;
            var fingerprint = Identity.Fingerprint(publicKey);
            Signing(logger, name, algorithm, fingerprint);
        }

        [LoggerMessage(Level = LogLevel.Debug, Message = "offering {Name}: {Algorithm} {Fingerprint}")]
        private static partial void Offering(ILogger logger, string name, string algorithm, string fingerprint);

        [LoggerMessage(Level = LogLevel.Debug, Message = "signing with {Name}: {Algorithm} {Fingerprint}")]
        private static partial void Signing(ILogger logger, string name, string algorithm, string fingerprint);

        [LoggerMessage(Level = LogLevel.Debug, Message = "partial success: the server wants one more method")]
        public static partial void PartialSuccess(ILogger logger);
    }
}
