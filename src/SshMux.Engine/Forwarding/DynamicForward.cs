using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding.Socks;

namespace SshMux.Engine.Forwarding;

/// <summary>
/// A dynamic forward (ssh -D): listens on a TCP port or a unix socket as a SOCKS server (4, 4a and 5, without
/// authentication), and has the server connect where each client says.
/// </summary>
internal sealed partial class DynamicForward : ListeningForward
{
    private readonly IConnectionSource _connections;
    private readonly TimeSpan _timeLimit;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    private DynamicForward(
        IConnectionSource connections, ForwardSpec spec, LocalForwardListener listener, ForwardOptions options)
        : base(spec, listener, options)
    {
        _connections = connections;
        _timeLimit = options.SocksTimeLimit;
        _time = options.Time;
        _logger = options.Logger;
    }

    /// <summary>Begins to listen and to forward.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ForwardFailed"/>: the address is in use, or cannot be listened on.
    /// </exception>
    public static async Task<DynamicForward> StartAsync(
        IConnectionSource connections,
        ForwardSpec spec,
        ForwardOptions options,
        CancellationToken cancellationToken)
    {
        if (spec.Kind != ForwardKind.Dynamic) throw new ArgumentException("not a dynamic forward", nameof(spec));
        var listener = await LocalForwardListener.StartAsync(spec, options, cancellationToken)
            .ConfigureAwait(false);
        var forward = new DynamicForward(connections, spec, listener, options);
        forward.Listen();
        return forward;
    }

    private protected override async Task CarryAsync(Socket accepted, (string Host, int Port) origin)
    {
        var handshake = new SocksHandshake();
        using var limit = new CancellationTokenSource(_timeLimit, _time);
        var client = new SocksClientSocket(accepted);
        switch (await client.ReadAsync(handshake, limit.Token).ConfigureAwait(false))
        {
            case SocksStep.Requested:
                break;
            case SocksStep.Refused:
                LogNoRequest(Spec, handshake.Refusal);
                await client.RefuseAsync(handshake.Reply).ConfigureAwait(false);
                return;
            default:
                LogNoRequest(Spec, limit.IsCancellationRequested
                    ? string.Create(CultureInfo.InvariantCulture, $"no request within {_timeLimit.TotalSeconds:0.#} s")
                    : "the client left before its request");
                return;
        }

        var ends = SocketEnds.Of(accepted);
        ends.Preface = handshake.Answer(SocksReply.Succeeded);
        try
        {
            Count(await _connections.OpenAsync(
                connection => connection.OpenDirectTcpipAsync(
                    handshake.Host, handshake.Port, origin.Host, origin.Port, ends, CancellationToken.None),
                CancellationToken.None).ConfigureAwait(false));
        }
        catch (SshException e)
        {
            LogRefused(Spec, e.Message);
            try
            {
                await client.RefuseAsync(handshake.Answer(SocksReplies.From(e))).ConfigureAwait(false);
            }
            finally
            {
                // Not before: they may have the same socket.
                ends.Abort();
            }

            return;
        }

        SocketEnds.LetGo(accepted);
        await ends.Completion.ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "forward {Spec}: {Reason}")]
    private partial void LogNoRequest(ForwardSpec spec, string reason);
}
