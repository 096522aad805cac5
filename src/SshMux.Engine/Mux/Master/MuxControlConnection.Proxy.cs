using Microsoft.Extensions.Logging;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Mux.Proxy;

namespace SshMux.Engine.Mux.Master;

// Proxy mode: from MUX_S_PROXY on, the control connection carries SSH messages until it ends.
internal sealed partial class MuxControlConnection
{
    private volatile ProxyClient? _proxy;

    private async ValueTask<bool> ProxyAsync(MuxProxyRequest request)
    {
        if (HasSession) return await FailAsync(request, "Multiple sessions not supported").ConfigureAwait(false);
        const string question = "Allow multiplex proxy connection?";
        if (!await IsAllowedInTurnAsync(request, question).ConfigureAwait(false)) return true;
        await _socket.SendAsync(new MuxProxyReply(request.RequestId)).ConfigureAwait(false);
        LogProxy();
        var proxy = new ProxyClient(_master.Connection, _socket.Detach(), _master.Options.ProxyQueueLimit, _logger);
        await using (proxy.ConfigureAwait(false))
        {
            _proxy = proxy;
            await proxy.RunAsync().ConfigureAwait(false);
        }

        _socket.Dispose();
        return false;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "a client goes on in proxy mode")]
    private partial void LogProxy();
}
