using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

/// <summary>
/// A client's requests that are about the master and not a session: forwards, which are the master's and outlive the
/// client, what it tells, and its end.
/// </summary>
/// <param name="master">The master.</param>
/// <param name="socket">The client's control connection, to which the answers go.</param>
/// <param name="permission">What the client may do.</param>
/// <param name="notices">What the client hears of the forwards that it opens.</param>
internal sealed class MuxMasterRequests(
    MuxMaster master, IMuxPackets socket, MuxClientPermission permission, MuxClientNotices notices)
{
    private string HostName => master.Options.HostName;

    /// <summary>MUX_C_ALIVE_CHECK.</summary>
    public ValueTask<bool> CheckAliveAsync(MuxAliveCheck request) =>
        socket.SendAsync(new MuxAlive(request.RequestId, (uint)Environment.ProcessId));

    /// <summary>MUX_C_EXT_INFO.</summary>
    public ValueTask<bool> TellAsync(MuxInfoRequest request) =>
        socket.SendAsync(MuxMasterInformation.Answer(request, master.Shared, master.Options.Login, master.Lock));

    /// <summary>MUX_C_OPEN_FWD.</summary>
    public async ValueTask<bool> OpenForwardAsync(MuxOpenForward request)
    {
        var forward = request.Forward;
        if (!forward.IsValid) return await FailAsync(request, "Invalid forwarding request").ConfigureAwait(false);
        if (!await IsAllowedAsync(request).ConfigureAwait(false)) return true;
        try
        {
            var port = await master.ForwardTable.OpenAsync(forward, notices, CancellationToken.None).ConfigureAwait(false);
            return await socket.SendAsync(port is { } chosen
                ? new MuxRemotePort(request.RequestId, (uint)chosen)
                : new MuxOk(request.RequestId)).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            return await FailAsync(request, e.Message).ConfigureAwait(false);
        }
    }

    /// <summary>MUX_C_CLOSE_FWD.</summary>
    public async ValueTask<bool> CloseForwardAsync(MuxCloseForward request) =>
        await master.ForwardTable.CloseAsync(request.Forward).ConfigureAwait(false)
            ? await socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false)
            : await FailAsync(request, "port not forwarded").ConfigureAwait(false);

    /// <summary>MUX_C_TERMINATE.</summary>
    public async ValueTask<bool> TerminateAsync(MuxTerminate request)
    {
        var question = MuxPermissionQuestions.Terminate(HostName);
        if (!await permission.IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return true;

        // First the answer: it is the client's to read as soon as the kernel has it, even when this process is gone.
        await socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
        master.End(new SshException(SshError.Stopped, "a client asked the master to exit"));
        return true;
    }

    /// <summary>MUX_C_STOP_LISTENING.</summary>
    public async ValueTask<bool> StopListeningAsync(MuxStopListening request)
    {
        var question = MuxPermissionQuestions.StopListening(HostName);
        if (!await permission.IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return true;
        master.StopListening();
        return await socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
    }

    private ValueTask<bool> IsAllowedAsync(MuxOpenForward request)
    {
        // One that is open is only told again.
        if (master.ForwardTable.Contains(request.Forward)) return ValueTask.FromResult(true);
        var gatewayPorts = master.Options.Forwards.GatewayPorts;
        return permission.MayOpenInTurnAsync(
            request, MuxPermissionQuestions.SshForward(request.Forward, HostName, gatewayPorts));
    }

    private ValueTask<bool> FailAsync(MuxRequest request, string reason) =>
        socket.SendAsync(new MuxFailure(request.RequestId, reason));
}
