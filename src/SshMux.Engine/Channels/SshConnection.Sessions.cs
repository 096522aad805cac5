using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;

namespace SshMux.Engine.Channels;

// Sessions, of which a server grants only so many at a time (sshd_config(5), MaxSessions).
public sealed partial class SshConnection
{
    private const int SessionTries = 3;

    // Far longer than a server takes to tidy up: what ended before that does not explain a refusal.
    private const long CountedStillMilliseconds = 1000;

    private long _sessionClosedAt = long.MinValue / 2;

    /// <summary>
    /// Opens a session channel (RFC 4254 section 6.1). A server that refuses it just when another session has ended is
    /// asked again: sshd counts that one until it has tidied up, and may see the next request before it does.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    public async Task<Channel> OpenSessionAsync(IChannelHandler handler, CancellationToken cancellationToken)
    {
        if (_spares?.Take(handler) is { } spare) return spare;
        var asked = Environment.TickCount64;
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await OpenChannelAsync("session", "a session", [], handler, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (SshException e) when (tries < SessionTries && MayBeCountedStill(e, asked))
            {
                // By the time of its answer the server has tidied up.
                Log.AsksAgain(_logger, e.Message);
            }
        }
    }

    private bool MayBeCountedStill(SshException refusal, long asked) =>
        refusal.Refusal is { } answer
        && (OpenFailureReason)answer.Reason is OpenFailureReason.ConnectFailed or OpenFailureReason.ResourceShortage
        && Volatile.Read(ref _sessionClosedAt) > asked - CountedStillMilliseconds;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "{Refusal}, while another one ends: asking again")]
        public static partial void AsksAgain(ILogger logger, string refusal);
    }
}
