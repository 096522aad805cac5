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

    /// <summary>A session that the server had granted has gone. Raised on the receive loop.</summary>
    public event Action? Ended;

    /// <summary>A session is open in advance that was not before. Raised on the receive loop.</summary>
    public event Action? SpareReady;

    /// <summary>
    /// Opens a session, or gives one that is open in advance. A server that refuses it just when another session has ended
    /// is asked again: sshd counts that one until it has tidied up, and may see the next request before it does.
    /// </summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    public async Task<Channel> OpenAsync(IChannelHandler handler, CancellationToken cancellationToken)
    {
        if (TakeSpare(handler) is { } spare) return spare;
        var asked = time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await OpenNewAsync(handler, cancellationToken).ConfigureAwait(false);
            }
            catch (SshException e) when (MayAskAgain(e, asked, tries))
            {
                // By the time of its answer the server has tidied up.
            }
        }
    }

    /// <summary>Asks the server for a session, once.</summary>
    /// <exception cref="SshException"><see cref="SshError.ChannelOpenRefused"/>, or why the connection ended.</exception>
    public Task<Channel> OpenNewAsync(IChannelHandler handler, CancellationToken cancellationToken) =>
        OpenAsync(handler, ChannelStanding.Counted, cancellationToken);

    /// <summary>Gives a session that is open in advance; null if there is none.</summary>
    public Channel? TakeSpare(IChannelHandler handler) => Spares?.Take(handler);

    /// <summary>
    /// Whether a refusal may be due to a session that has just ended, so that it is worth while to ask once more.
    /// </summary>
    /// <param name="refusal">What the server said.</param>
    /// <param name="asked">When it was first asked, as a timestamp of the clock.</param>
    /// <param name="tries">How often it was asked.</param>
    public bool MayAskAgain(SshException refusal, long asked, int tries)
    {
        if (tries >= MaxTries || !MeansFull(refusal) || !HasJustEnded(asked)) return false;
        LogAsksAgain(refusal.Message);
        return true;
    }

    /// <summary>
    /// Whether a session ended so shortly before a time, or after it, that the server may have counted it still.
    /// </summary>
    /// <param name="asked">The time, as a timestamp of the clock.</param>
    public bool HasJustEnded(long asked)
    {
        lock (_lock) return _closedAt is { } closed && time.GetElapsedTime(closed, asked) < CountedStill;
    }

    /// <summary>Whether the server may have refused a session because there are enough of them.</summary>
    public static bool MeansFull(SshException refusal) => refusal.Refusal is { } answer
        && (OpenFailureReason)answer.Reason is OpenFailureReason.ConnectFailed or OpenFailureReason.ResourceShortage;

    /// <summary>Keeps as many sessions open in advance from now on (SshMuxPrewarm).</summary>
    public void KeepSpares(int count)
    {
        var spares = new SpareSessions(OpenSpareAsync, () => SpareReady?.Invoke(), count, time, logger);
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

    /// <summary>A session has gone, or was refused.</summary>
    public void OnRemoved(Channel session)
    {
        if (!session.IsSpare) Spares?.OnSessionEnded();
        if (!session.IsOpening) Ended?.Invoke();
    }

    private Task<Channel> OpenSpareAsync(SpareSession spare) =>
        OpenAsync(spare, ChannelStanding.Spare, CancellationToken.None);

    private Task<Channel> OpenAsync(
        IChannelHandler handler, ChannelStanding standing, CancellationToken cancellationToken) =>
        _opener.OpenAsync(ChannelTypes.Session, "a session", [], handler, standing, cancellationToken);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Refusal}, while another one ends: asking again")]
    private partial void LogAsksAgain(string refusal);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Requesting " + GlobalRequestTypes.NoMoreSessions)]
    private partial void LogForbidsSessions();
}
