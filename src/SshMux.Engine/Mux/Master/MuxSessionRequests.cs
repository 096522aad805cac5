using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Sessions;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// A client's requests that are about any session or forward of the master (extensions "sessions@sshmux" and
/// "watch@sshmux"): what there is, and what is done to it.
/// </summary>
/// <param name="master">The master.</param>
/// <param name="socket">The client's control connection, to which the answers go.</param>
/// <param name="permission">What the client may do.</param>
/// <param name="isOwner">Whether the client is the user whose process this is.</param>
internal sealed class MuxSessionRequests(
    MuxMaster master, IMuxPackets socket, MuxClientPermission permission, bool isOwner) : IDisposable
{
    private readonly MuxSessionActions _actions = new(master);
    private Task _signalling = Task.CompletedTask;
    private MuxWatcher? _watcher;

    private string HostName => master.Options.HostName;

    /// <summary>MUX_C_LIST_SESSIONS.</summary>
    public ValueTask<bool> ListSessionsAsync(MuxListSessions request)
    {
        var (fitting, hasMore) = MuxList.Fit(
            [.. master.SessionTable.All.Where(entry => entry.Number > request.After).Select(entry => entry.Describe())],
            description => description.Length);
        return socket.SendAsync(new MuxSessions(request.RequestId, hasMore, fitting));
    }

    /// <summary>MUX_C_LIST_FORWARDS.</summary>
    public ValueTask<bool> ListForwardsAsync(MuxListForwards request)
    {
        var (fitting, hasMore) = MuxList.Fit(
            [.. master.ForwardTable.Describe().Where(forward => forward.Number > request.After)],
            description => description.Length);
        return socket.SendAsync(new MuxForwards(request.RequestId, hasMore, fitting));
    }

    /// <summary>MUX_C_SIGNAL_SESSION. The answer goes to the client when it comes; the reader need not wait for it.</summary>
    public ValueTask<bool> SignalAsync(MuxSignalSession request) => AnswerAsync(request, async () =>
    {
        var session = _actions.Find(request.Session);

        // One at a time, so that a client cannot pile them up where the server is slow to answer.
        if (!_signalling.IsCompleted) throw new SshException(SshError.MuxRefused, "another signal is under way");
        var question = MuxPermissionQuestions.Signal(request.Name, session.Number, HostName);
        if (!await permission.IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return;
        _signalling = AnswerWithOkAsync(request, () => _actions.SignalAsync(session, request.Name));
    });

    /// <summary>MUX_C_CLOSE_SESSION.</summary>
    public ValueTask<bool> CloseAsync(MuxCloseSession request) => AnswerAsync(request, async () =>
    {
        var session = _actions.Find(request.Session);
        var question = MuxPermissionQuestions.Close(session.Number, HostName);
        if (!await permission.IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return;
        MuxSessionActions.Close(session);
        await OkAsync(request).ConfigureAwait(false);
    });

    /// <summary>MUX_C_RENAME_SESSION.</summary>
    public ValueTask<bool> RenameAsync(MuxRenameSession request) => AnswerAsync(request, async () =>
    {
        MuxSessionActions.Rename(_actions.Find(request.Session), request.NewName);
        await OkAsync(request).ConfigureAwait(false);
    });

    /// <summary>MUX_C_WATCH.</summary>
    public ValueTask<bool> WatchAsync(MuxWatch request) => AnswerAsync(request, async () =>
    {
        if (!isOwner) throw new SshException(SshError.MuxRefused, "only the user who started the master may watch");
        if (_watcher is not null) throw new SshException(SshError.MuxRefused, "a watch is under way already");
        var only = request.Session.Length > 0 ? _actions.Find(request.Session) : null;
        var question = MuxPermissionQuestions.Watch(HostName);
        if (!await permission.IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return;
        await OkAsync(request).ConfigureAwait(false);

        // If the client has gone, its control connection's end disposes this.
        _watcher = new MuxWatcher(
            master.SessionTable,
            async seen => await socket.SendAsync(seen).ConfigureAwait(false),
            socket.Dispose,
            request.RequestId,
            only);
        _watcher.Start();
    });

    /// <summary>The client has gone.</summary>
    public void Dispose() => _watcher?.Dispose();

    private async ValueTask<bool> AnswerAsync(MuxRequest request, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
            return true;
        }
        catch (SshException e)
        {
            return await socket.SendAsync(new MuxFailure(request.RequestId, e.Message)).ConfigureAwait(false);
        }
    }

    private async Task AnswerWithOkAsync(MuxRequest request, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
            await OkAsync(request).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Mostly: the server did not, or the connection has ended, or the client's.
            await socket.SendAsync(new MuxFailure(request.RequestId, e.Message)).ConfigureAwait(false);
        }
    }

    private ValueTask<bool> OkAsync(MuxRequest request) => socket.SendAsync(new MuxOk(request.RequestId));
}
