using Microsoft.Extensions.Logging;

namespace SshMux.Engine.Connecting;

/// <content>What is configured and not done.</content>
public static partial class SshConnector
{
    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Line}")]
        public static partial void Unsupported(ILogger logger, string line);
    }
}
