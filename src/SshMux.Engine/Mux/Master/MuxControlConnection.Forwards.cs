using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

// Forwards that clients open and close. They are the master's, and outlive the client.
internal sealed partial class MuxControlConnection
{
    private async ValueTask<bool> OpenForwardAsync(MuxOpenForward request)
    {
        var forward = request.Forward;
        if (!IsValid(forward)) return await FailAsync(request, "Invalid forwarding request").ConfigureAwait(false);
        if (!await IsAllowedAsync(request).ConfigureAwait(false)) return true;
        try
        {
            var port = await _master.OpenForwardAsync(forward, CancellationToken.None).ConfigureAwait(false);
            return await _socket.SendAsync(port is { } chosen
                ? new MuxRemotePort(request.RequestId, (uint)chosen)
                : new MuxOk(request.RequestId)).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            return await FailAsync(request, e.Message).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> CloseForwardAsync(MuxCloseForward request) =>
        await _master.CloseForwardAsync(request.Forward).ConfigureAwait(false)
            ? await _socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false)
            : await FailAsync(request, "port not forwarded").ConfigureAwait(false);

    /// <summary>The checks that ssh(1) makes.</summary>
    private static bool IsValid(MuxForward forward) => forward switch
    {
        { Type: not (MuxForwardType.Local or MuxForwardType.Remote or MuxForwardType.Dynamic) } => false,
        { Type: MuxForwardType.Dynamic, ListenPort: MuxProtocol.StreamLocalPort } => false,
        { Type: MuxForwardType.Local, ConnectPort: 0 } => false,
        { Type: not MuxForwardType.Dynamic, ConnectHost: "" } => false,
        { ListenHost: "", ListenPort: MuxProtocol.StreamLocalPort } => false,
        _ => true,
    };
}
