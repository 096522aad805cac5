using Microsoft.Extensions.Logging;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Transport;

/// <content>What is traced. No key, password or content of a message.</content>
internal sealed partial class SshTransport
{
    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "versions: ours {Ours}, the server's {Server}")]
        public static partial void Versions(ILogger logger, string ours, string server);

        [LoggerMessage(Level = LogLevel.Debug, Message = "key exchange {Number} begins")]
        public static partial void KeyExchangeBegins(ILogger logger, int number);

        /// <summary>What was agreed on, in ssh(1)'s words, from which programs read it.</summary>
        public static void Negotiated(ILogger logger, NegotiatedAlgorithms agreed)
        {
            if (!logger.IsEnabled(LogLevel.Debug)) return;
            const string implicitly = "<implicit>";
            AgreedMethods(logger, "algorithm", agreed.KeyExchange);
            AgreedMethods(logger, "host key algorithm", agreed.HostKey);
            AgreedCipher(
                logger, "server->client", agreed.CipherIn, agreed.MacIn ?? implicitly, agreed.CompressionIn);
            AgreedCipher(
                logger, "client->server", agreed.CipherOut, agreed.MacOut ?? implicitly, agreed.CompressionOut);
        }

        [LoggerMessage(Level = LogLevel.Debug, Message = "kex: {What}: {Name}")]
        private static partial void AgreedMethods(ILogger logger, string what, string name);

        [LoggerMessage(
            Level = LogLevel.Debug, Message = "kex: {Direction} cipher: {Cipher} MAC: {Mac} compression: {Compression}")]
        private static partial void AgreedCipher(
            ILogger logger, string direction, string cipher, string mac, string compression);

        // No warning: ssh(1) has none either, the user can change nothing, and what the attack wins is little (it hides
        // the server's extensions, without which we log in as to an older server).
        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "the server has no strict key exchange: with {Cipher}, someone between could drop its first "
                + "messages unseen (Terrapin, CVE-2023-48795)")]
        public static partial void NoStrictKeyExchange(ILogger logger, string cipher);

        [LoggerMessage(Level = LogLevel.Debug, Message = "the server holds host key {KeyType} {Fingerprint}")]
        public static partial void HostKey(ILogger logger, string keyType, string fingerprint);

        // The next two in ssh(1)'s words, too, from which its tests read the sizes.
        [LoggerMessage(Level = LogLevel.Debug,
            Message = "SSH2_MSG_KEX_DH_GEX_REQUEST({Minimum}<{Preferred}<{Maximum}) sent")]
        public static partial void GroupRequested(ILogger logger, int minimum, int preferred, int maximum);

        [LoggerMessage(Level = LogLevel.Debug, Message = "the server's group has come; bits set: {Set}/{Bits}")]
        public static partial void Group(ILogger logger, int set, int bits);

        // In ssh(1)'s words, which those who count its key exchanges look for.
        [LoggerMessage(Level = LogLevel.Debug, Message = "SSH2_MSG_NEWKEYS sent")]
        public static partial void NewKeysSent(ILogger logger);

        [LoggerMessage(Level = LogLevel.Debug, Message = "key exchange {Number} done, new keys in use")]
        public static partial void NewKeys(ILogger logger, int number);

        [LoggerMessage(Level = LogLevel.Debug, Message = "debug message from the server: {Text}")]
        public static partial void DebugMessage(ILogger logger, string text);

        [LoggerMessage(Level = LogLevel.Debug, Message = "the server does not implement our packet {Number}")]
        public static partial void Unimplemented(ILogger logger, uint number);

        [LoggerMessage(Level = LogLevel.Debug, Message = "message {Number} answered with SSH_MSG_UNIMPLEMENTED")]
        public static partial void UnknownMessage(ILogger logger, byte number);

        [LoggerMessage(
            Level = LogLevel.Trace, Message = "nobody types any more ({Count} chaff packets for ObscureKeystrokeTiming)")]
        public static partial void KeystrokesHidden(ILogger logger, int count);

        [LoggerMessage(Level = LogLevel.Debug, Message = "the transport ends ({Error}): {Reason}")]
        public static partial void Ends(ILogger logger, SshError error, string reason);

        [LoggerMessage(Level = LogLevel.Debug, Message = "closing the stream failed: {Cause}")]
        public static partial void CloseFailed(ILogger logger, string cause);

        [LoggerMessage(Level = LogLevel.Error, Message = "the layer above failed at the transport's end")]
        public static partial void OnEndedFailed(ILogger logger, Exception exception);
    }
}
