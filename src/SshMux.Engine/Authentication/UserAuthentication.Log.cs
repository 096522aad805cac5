using Microsoft.Extensions.Logging;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Authentication;

/// <content>What is traced; never a secret.</content>
public sealed partial class UserAuthentication
{
    private static partial class Log
    {
        public static void KeyOffered(
            AuthenticationOptions options, string name, string algorithm, ReadOnlySpan<byte> publicKey)
        {
            if (!options.Logger.IsEnabled(LogLevel.Debug)) return;
            var fingerprint = KeyFingerprint.Of(publicKey, options.FingerprintHash);
            Offering(options.Logger, name, algorithm, fingerprint);
        }

        public static void KeySigns(
            AuthenticationOptions options, string name, string algorithm, ReadOnlySpan<byte> publicKey)
        {
            if (!options.Logger.IsEnabled(LogLevel.Debug)) return;
            var fingerprint = KeyFingerprint.Of(publicKey, options.FingerprintHash);
            Signing(options.Logger, name, algorithm, fingerprint);
        }

        [LoggerMessage(Level = LogLevel.Debug, Message = "offering {Name}: {Algorithm} {Fingerprint}")]
        private static partial void Offering(ILogger logger, string name, string algorithm, string fingerprint);

        [LoggerMessage(Level = LogLevel.Debug, Message = "signing with {Name}: {Algorithm} {Fingerprint}")]
        private static partial void Signing(ILogger logger, string name, string algorithm, string fingerprint);

        [LoggerMessage(Level = LogLevel.Debug, Message = "partial success: the server wants one more method")]
        public static partial void PartialSuccess(ILogger logger);
    }
}
