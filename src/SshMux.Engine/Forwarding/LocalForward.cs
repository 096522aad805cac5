using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Engine.Forwarding;

/// <summary>
/// A local forward (ssh -L): listens on a TCP port or a unix socket, and has the server connect each connection to the
/// target.
/// </summary>
internal sealed class LocalForward : ListeningForward
{
    private readonly IConnectionSource _connections;
    private readonly ForwardEndpoint _target;

    private LocalForward(
        IConnectionSource connections, ForwardSpec spec, LocalForwardListener listener, ForwardOptions options)
        : base(spec, listener, options)
    {
        _connections = connections;
        _target = spec.Connect!;
    }

    /// <summary>Begins to listen and to forward.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ForwardFailed"/>: the address is in use, or cannot be listened on.
    /// </exception>
    public static async Task<LocalForward> StartAsync(
        IConnectionSource connections,
        ForwardSpec spec,
        ForwardOptions options,
        CancellationToken cancellationToken)
    {
        if (spec is not { Kind: ForwardKind.Local, Connect: not null })
        {
            throw new ArgumentException("not a local forward", nameof(spec));
        }

        var listener = await LocalForwardListener.StartAsync(spec, options, cancellationToken)
            .ConfigureAwait(false);
        var forward = new LocalForward(connections, spec, listener, options);
        forward.Listen();
        return forward;
    }

    private protected override async Task CarryAsync(Socket accepted, (string Host, int Port) origin)
    {
        var ends = SocketEnds.Take(accepted);
        try
        {
            Count(await OpenAsync(origin, ends).ConfigureAwait(false));
        }
        catch (SshException)
        {
            ends.Abort();
            throw;
        }

        await ends.Completion.ConfigureAwait(false);
    }

    private Task<Channel> OpenAsync((string Host, int Port) origin, IChannelEnds ends) => _connections.OpenAsync(
        connection => _target.IsPath
            ? connection.OpenDirectStreamLocalAsync(_target.Host, ends, CancellationToken.None)
            : connection.OpenDirectTcpipAsync(
                _target.Host, _target.Port, origin.Host, origin.Port, ends, CancellationToken.None),
        CancellationToken.None);
}
