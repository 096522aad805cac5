namespace SshMux.Engine.Mux;

// Forwards that clients open and close. They are the master's, and outlive the client.
internal sealed partial class MuxControlConnection
{
    private async ValueTask<bool> OpenForwardAsync(MuxOpenForward request)
    {
        if (WhyInvalid(request.Forward) is { } reason) return await FailAsync(request, reason).ConfigureAwait(false);
        try
        {
            await _master.OpenForwardAsync(request.Forward).ConfigureAwait(false);
            return await _socket.SendAsync(new MuxOk(request.RequestId)).ConfigureAwait(false);
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

    /// <summary>The checks of ssh(1), and what is not there yet.</summary>
    private static string? WhyInvalid(MuxForward forward) => forward switch
    {
        { Type: MuxForwardType.Remote } => "remote forwards are not supported yet",
        { Type: MuxForwardType.Dynamic } => "dynamic forwards are not supported yet",
        { Type: not MuxForwardType.Local } => "Invalid forwarding request",
        { ConnectHost: "" } or { ConnectPort: 0 } or { ListenHost: "", ListenPort: MuxProtocol.StreamLocalPort } =>
            "Invalid forwarding request",
        _ => null,
    };
}
