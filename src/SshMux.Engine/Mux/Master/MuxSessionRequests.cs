using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Sessions;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// A client's requests that are about any session or forward of the master (extension "sessions@sshmux"): what there is,
/// and what is done to it.
/// </summary>
/// <param name="master">The master.</param>
/// <param name="socket">The client's control connection, to which the answers go.</param>
/// <param name="permission">What the client may do.</param>
/// <param name="isOwner">Whether the client is the user whose process this is.</param>
internal sealed class MuxSessionRequests(
    MuxMaster master, MuxSocket socket, MuxClientPermission permission, bool isOwner) : IDisposable
{
    private const int MaxSignalName = 64;

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
    public async ValueTask<bool> SignalAsync(MuxSignalSession request)
    {
        if (Find(request, request.Session, out var refusing) is not { } session) return await refusing.ConfigureAwait(false);

        // One at a time, so that a client cannot pile them up where the server is slow to answer.
        if (!_signalling.IsCompleted) return await FailAsync(request, "another signal is under way").ConfigureAwait(false);
        if (request.Name.Length is 0 or > MaxSignalName)
        {
            return await FailAsync(request, "this is not a signal's name").ConfigureAwait(false);
        }

        var question = MuxPermissionQuestions.Signal(request.Name, session.Number, HostName);
        if (!await permission.IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return true;
        _signalling = AnswerAsync(request, session);
        return true;
    }

    /// <summary>MUX_C_CLOSE_SESSION.</summary>
    public async ValueTask<bool> CloseAsync(MuxCloseSession request)
    {
        if (Find(request, request.Session, out var refusing) is not { } session) return await refusing.ConfigureAwait(false);
        var question = MuxPermissionQuestions.Close(session.Number, HostName);
        if (!await permission.IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return true;
        session.Close(new SshException(SshError.Stopped, $"session {session.Number} was closed at the master"));
        return await socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
    }

    /// <summary>MUX_C_RENAME_SESSION.</summary>
    public ValueTask<bool> RenameAsync(MuxRenameSession request)
    {
        if (Find(request, request.Session, out var refusing) is not { } session) return refusing;
        return MuxSessionTable.Rename(session, request.NewName) is { } whyNot
            ? FailAsync(request, whyNot)
            : socket.SendAsync(new MuxOk(request.RequestId));
    }

    /// <summary>MUX_C_WATCH.</summary>
    public async ValueTask<bool> WatchAsync(MuxWatch request)
    {
        if (!isOwner) return await FailAsync(request, "only the user who started the master may watch").ConfigureAwait(false);
        if (_watcher is not null) return await FailAsync(request, "a watch is under way already").ConfigureAwait(false);
        MuxSessionEntry? only = null;
        if (request.Session.Length > 0)
        {
            only = Find(request, request.Session, out var refusing);
            if (only is null) return await refusing.ConfigureAwait(false);
        }

        var question = MuxPermissionQuestions.Watch(HostName);
        if (!await permission.IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return true;
        await socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
        _watcher = new MuxWatcher(master.SessionTable, socket, request.RequestId, only);
        _watcher.Start();
        return true;
    }

    /// <summary>The client has gone.</summary>
    public void Dispose() => _watcher?.Dispose();

    private MuxSessionEntry? Find(MuxRequest request, string session, out ValueTask<bool> refusing)
    {
        var found = master.SessionTable.Find(session, out var whyNot);
        refusing = found is null ? FailAsync(request, whyNot) : default;
        return found;
    }

    private async Task AnswerAsync(MuxSignalSession request, MuxSessionEntry session)
    {
        try
        {
            if (await session.SignalAsync(request.Name).ConfigureAwait(false))
            {
                await socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
            }
            else
            {
                await FailAsync(request, MuxSignalRefusal.Explain(master.Connection, request.Name)).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Mostly: the connection has ended, or the client's.
            await FailAsync(request, e.Message).ConfigureAwait(false);
        }
    }

    private ValueTask<bool> FailAsync(MuxRequest request, string reason) =>
        socket.SendAsync(new MuxFailure(request.RequestId, reason));
}
