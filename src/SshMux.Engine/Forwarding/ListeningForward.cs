using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding;

/// <summary>A forward that listens on this machine (ssh -L and -D).</summary>
internal abstract partial class ListeningForward : SshForward
{
    private readonly LocalForwardListener _listener;
    private readonly ILogger _logger;
    private readonly Action<string>? _onFailure;

    private protected ListeningForward(ForwardSpec spec, LocalForwardListener listener, ForwardOptions options)
        : base(spec)
    {
        _listener = listener;
        _logger = options.Logger;
        _onFailure = options.OnFailure;
    }

    /// <summary>Where it listens, with the port that the system chose if port 0 was asked for.</summary>
    public IReadOnlyList<EndPoint> EndPoints => _listener.EndPoints;

    /// <inheritdoc />
    public override int? Port => (EndPoints[0] as IPEndPoint)?.Port;

    private protected override ValueTask StopAsync() => _listener.DisposeAsync();

    private protected void Listen() => _listener.Accept(socket => _ = ServeAsync(socket));

    /// <summary>Carries one connection to its end. The socket is closed afterwards, if it was not before.</summary>
    private protected abstract Task CarryAsync(Socket accepted, (string Host, int Port) origin);

    private async Task ServeAsync(Socket accepted)
    {
        Begin();
        try
        {
            await CarryAsync(accepted, Prepare(accepted)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SshException or SocketException)
        {
            var reason = SocketWords.Of(e);
            LogRefused(Spec, reason);
            _onFailure?.Invoke(reason);
        }
        finally
        {
            accepted.Dispose();
            End();
        }
    }

    /// <summary>
    /// Who connected. A unix socket's client has no address; ssh(1) then sends this one, which all servers take.
    /// </summary>
    private static (string Host, int Port) Prepare(Socket accepted)
    {
        if (accepted.RemoteEndPoint is not IPEndPoint peer) return ("127.0.0.1", ushort.MaxValue);
        accepted.NoDelay = true;
        return (peer.Address.ToString(), peer.Port);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "forward {Spec}: {Reason}")]
    private protected partial void LogRefused(ForwardSpec spec, string reason);
}
