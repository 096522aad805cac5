using Microsoft.Extensions.Logging;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Mux.Master;

// Asking the master's user before a client may do something (ControlMaster ask and autoask), with ssh(1)'s questions.
internal sealed partial class MuxControlConnection
{
    private string HostName => _master.Options.HostName;

    /// <summary>
    /// Whether a request that runs beside the reader may go on; if not, the client has been told.
    /// </summary>
    private async ValueTask<bool> IsAllowedAsync(MuxRequest request, string question)
    {
        if (_master.Options.AskPermission is not { } ask) return true;
        return await IsAllowedAsync(request, ask, question, _gone.Token).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether a request that the reader waits for may go on. As nobody reads meanwhile, the end of the client is
    /// watched for here: its question must not stay before the user, and before the questions of others.
    /// </summary>
    private async ValueTask<bool> IsAllowedInTurnAsync(MuxRequest request, string question)
    {
        if (_master.Options.AskPermission is not { } ask) return true;
        using var clientGone = new CancellationTokenSource();
        using var answered = new CancellationTokenSource();
        var watching = WatchAsync();
        try
        {
            return await IsAllowedAsync(request, ask, question, clientGone.Token).ConfigureAwait(false);
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

    private async ValueTask<bool> IsAllowedAsync(
        MuxRequest request,
        Func<string, CancellationToken, Task<bool>> ask,
        string question,
        CancellationToken clientGone)
    {
        if (await _master.AskAsync(ask, question, clientGone).ConfigureAwait(false)) return true;
        LogDenied(question);
        await _socket.SendAsync(new MuxPermissionDenied(request.RequestId, "Permission denied")).ConfigureAwait(false);
        return false;
    }

    private ValueTask<bool> IsAllowedAsync(MuxNewStdioForward request) => IsAllowedAsync(
        request,
        request.Port == MuxProtocol.StreamLocalPort
            ? $"Allow forward to path {request.Host}"
            : $"Allow forward to [{request.Host}]:{request.Port}? ");

    private ValueTask<bool> IsAllowedAsync(MuxOpenForward request)
    {
        // One that is open is only told again.
        if (_master.HasForward(request.Forward)) return ValueTask.FromResult(true);
        return IsAllowedInTurnAsync(request, $"Open {Describe(request.Forward)} on {HostName}?");
    }

    /// <summary>A forward in the words of ssh(1)'s question.</summary>
    private string Describe(MuxForward forward)
    {
        var anyAddress = _master.Options.Forwards.GatewayPorts && forward.Type != MuxForwardType.Remote;
        var host = forward.ListenHost.Length > 0 ? forward.ListenHost : anyAddress ? "*" : "LOCALHOST";
        var listen = $"{host}:{(int)forward.ListenPort}";
        return forward.Type switch
        {
            MuxForwardType.Dynamic => $"dynamic forward {listen} -> *",
            MuxForwardType.Remote => $"remote forward {listen} -> {forward.ConnectHost}:{(int)forward.ConnectPort}",
            _ => $"local forward {listen} -> {forward.ConnectHost}:{(int)forward.ConnectPort}",
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "the user refused: {Question}")]
    private partial void LogDenied(string question);
}
