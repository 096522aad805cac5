using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Slots;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Channels;

/// <summary>
/// How sessions are opened (RFC 4254 section 6.1), of which a server grants only so many at a time (sshd_config(5),
/// MaxSessions).
/// </summary>
internal sealed partial class SessionOpening(ConnectionContext connection, TimeProvider time, ILogger logger)
{
    private const int MaxTries = 3;

    /// <summary>Far longer than a server takes to tidy up: what ended before that does not explain a refusal.</summary>
    private static readonly TimeSpan CountedStill = TimeSpan.FromSeconds(1);

    private readonly ChannelOpener _opener = new(connection);
    private readonly Lock _lock = new();
    private SpareSessions? _spares;
    private long? _closedAt; // a timestamp of the clock

    private SpareSessions? Spares
    {
        get { lock (_lock) return _spares; }
    }

    /// <summary>
    /// Opens a session, or gives one that is open in advance. A server that refuses it just when another session has ended
    /// is asked again: sshd counts that one until it has tidied up, and may see the next request before it does.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    public async Task<Channel> OpenAsync(IChannelHandler handler, CancellationToken cancellationToken)
    {
        if (Spares?.Take(handler) is { } spare) return spare;
        var asked = time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await OpenAsync(handler, ChannelStanding.Counted, cancellationToken).ConfigureAwait(false);
            }
            catch (SshException e) when (tries < MaxTries && MayBeCountedStill(e, asked))
            {
                // By the time of its answer the server has tidied up.
                LogAsksAgain(e.Message);
            }
        }
    }

    /// <summary>Keeps as many sessions open in advance from now on (SshMuxPrewarm).</summary>
    public void KeepSpares(int count)
    {
        var spares = new SpareSessions(
            spare => OpenAsync(spare, ChannelStanding.Spare, CancellationToken.None), count, time, logger);
        lock (_lock) _spares = spares;
        spares.Refill();
    }

    /// <summary>
    /// Tells the server that there will be no further session (no-more-sessions@openssh.com, OpenSSH's PROTOCOL section
    /// 2.2), if it is OpenSSH's and the connection is our own.
    /// </summary>
    public void ForbidMore()
    {
        if (connection.Transport is not SshTransport transport) return;
        if (!transport.ServerVersion.StartsWith("SSH-2.0-OpenSSH", StringComparison.Ordinal)) return;
        LogForbidsSessions();
        lock (_lock) _spares = null;
        transport.Send(new GlobalRequestMessage(GlobalRequestTypes.NoMoreSessions, wantReply: false, []));
    }

    /// <summary>The server is about to close a session.</summary>
    public void OnClosing()
    {
        lock (_lock) _closedAt = time.GetTimestamp();
    }

    /// <summary>A session that counted has gone, or was refused.</summary>
    public void OnRemoved() => Spares?.OnSessionEnded();

    private Task<Channel> OpenAsync(
        IChannelHandler handler, ChannelStanding standing, CancellationToken cancellationToken) =>
        _opener.OpenAsync(ChannelTypes.Session, "a session", [], handler, standing, cancellationToken);

    private bool MayBeCountedStill(SshException refusal, long asked)
    {
        if (refusal.Refusal is not { } answer) return false;
        if ((OpenFailureReason)answer.Reason is not (OpenFailureReason.ConnectFailed or OpenFailureReason.ResourceShortage))
        {
            return false;
        }

        lock (_lock) return _closedAt is { } closed && time.GetElapsedTime(closed, asked) < CountedStill;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Refusal}, while another one ends: asking again")]
    private partial void LogAsksAgain(string refusal);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Requesting " + GlobalRequestTypes.NoMoreSessions)]
    private partial void LogForbidsSessions();
}
