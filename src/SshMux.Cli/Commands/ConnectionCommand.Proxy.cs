using SshMux.Engine;
using SshMux.Engine.Channels;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Proxy;

namespace SshMux.Cli.Commands;

// A connection that an existing master lends us: -O proxy.
internal sealed partial class ConnectionCommand
{
    /// <summary>As in ssh(1), there is no connection of our own to fall back to.</summary>
    private async Task<SshConnection> ConnectOverMasterAsync(CancellationToken cancellationToken)
    {
        var path = invocation.RequireControlPath();
        var options = new MuxClientOptions { Logger = _logger };
        if (_configuration.ConnectTimeout is { } limit) options = options with { HelloTimeout = limit };
        try
        {
            return await MuxProxyTransport
                .OpenConnectionAsync(path, _configuration, options, cancellationToken).ConfigureAwait(false);
        }
        catch (SshException e)
        {
            throw ControlCommand.Explain(path, e);
        }
    }
}
