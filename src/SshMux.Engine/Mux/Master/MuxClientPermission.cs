using Microsoft.Extensions.Logging;
using SshMux.Engine.Mux.Locking;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

/// <summary>What one client of a master may do, where the master's user is asked; if not, it tells the client.</summary>
internal sealed partial class MuxClientPermission
{
    private readonly MuxLock _lock;
    private readonly MuxPermissionAsker? _asker;
    private readonly IMuxPackets _socket;
    private readonly MuxClientNotices _notices;
    private readonly ILogger _logger;

    /// <param name="mux">The master's lock.</param>
    /// <param name="asker">Asks the user; null: clients need no permission.</param>
    /// <param name="socket">The client's control connection.</param>
    /// <param name="notices">Tells the client that the user is asked.</param>
    /// <param name="logger">Where to log what happens.</param>
    public MuxClientPermission(
        MuxLock mux, MuxPermissionAsker? asker, IMuxPackets socket, MuxClientNotices notices, ILogger logger)
    {
        _lock = mux;
        _asker = asker;
        _socket = socket;
        _notices = notices;
        _logger = logger;
    }

    /// <summary>
    /// Whether a request that runs beside the reader may go on; if not, the client has been told.
    /// </summary>
    public async ValueTask<bool> IsAllowedAsync(MuxRequest request, string question, CancellationToken clientGone)
    {
        if (_asker is not { } asker) return true;
        _notices.Tell(MuxNotice.Of(MuxNoticeKind.QuestionWaits, $"waiting for an answer at the master: {question.Trim()}"));
        if (await asker.AskAsync(question, clientGone).ConfigureAwait(false)) return true;
        LogDenied(question);
        await _socket.SendAsync(new MuxPermissionDenied(request.RequestId, "Permission denied")).ConfigureAwait(false);
        return false;
    }

    /// <summary>
    /// Whether a request that the reader waits for may go on. As nobody reads meanwhile, the end of the client is
    /// watched for here: its question must not stay before the user, and before the questions of others.
    /// </summary>
    public async ValueTask<bool> IsAllowedInTurnAsync(MuxRequest request, string question)
    {
        if (_asker is null) return true;
        return await WhileClientIsThereAsync(gone => IsAllowedAsync(request, question, gone).AsTask()).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether something new may be opened, by a request that runs beside the reader: not while the master is locked, and
    /// not without its user's leave. If not, the client has been told.
    /// </summary>
    public async ValueTask<bool> MayOpenAsync(MuxRequest request, string question, CancellationToken clientGone)
    {
        try
        {
            await _lock.PassAsync(TellThatItWaits, clientGone).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (SshException e)
        {
            await _socket.SendAsync(new MuxFailure(request.RequestId, e.Message)).ConfigureAwait(false);
            return false;
        }

        return await IsAllowedAsync(request, question, clientGone).ConfigureAwait(false);
    }

    /// <summary>As <see cref="MayOpenAsync"/>, by a request that the reader waits for.</summary>
    public async ValueTask<bool> MayOpenInTurnAsync(MuxRequest request, string question) =>
        await WhileClientIsThereAsync(gone => MayOpenAsync(request, question, gone).AsTask()).ConfigureAwait(false);

    /// <summary>
    /// Does something that the reader waits for, and cancels it if the client goes meanwhile, which nobody else sees then.
    /// </summary>
    public async Task<T> WhileClientIsThereAsync<T>(Func<CancellationToken, Task<T>> run)
    {
        using var clientGone = new CancellationTokenSource();
        using var answered = new CancellationTokenSource();
        var running = run(clientGone.Token);
        if (running.IsCompleted) return await running.ConfigureAwait(false);
        var watching = WatchAsync();
        try
        {
            return await running.ConfigureAwait(false);
        }
        finally
        {
            await answered.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }

        async Task WatchAsync()
        {
            if (!await _socket.IsAtEndAsync(answered.Token).ConfigureAwait(false)) return;
            await clientGone.CancelAsync().ConfigureAwait(false);
        }
    }

    private void TellThatItWaits(string sentence) => _notices.Tell(MuxNotice.Of(MuxNoticeKind.LockWaits, sentence));

    [LoggerMessage(Level = LogLevel.Information, Message = "the user refused: {Question}")]
    private partial void LogDenied(string question);
}
