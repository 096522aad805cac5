using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Forwarding.Socks;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Forwarding;

/// <summary>
/// A remote forward (ssh -R): the server listens on a TCP port or a unix socket, and this machine connects each
/// connection to the target; without a target, to where the client says as a SOCKS client.
/// </summary>
internal sealed partial class RemoteForward : SshForward
{
    // ssh(1) does not wait at all; we do so that the port is free when we say so, but not for a server that hangs.
    private static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(10);

    private volatile SshConnection _connection;
    private readonly ForwardOptions _options;
    private readonly ILogger _logger;
    private ForwardEndpoint _bound;
    private int _disposed;

    private RemoteForward(SshConnection connection, ForwardSpec spec, ForwardOptions options)
        : base(spec)
    {
        _connection = connection;
        _options = options;
        _logger = options.Logger;
        _bound = OnServer(spec.Listen);
    }

    /// <inheritdoc />
    public override int? Port => _bound.IsPath ? null : _bound.Port;

    /// <summary>Has the server listen. Without a bind address it listens on its loopback.</summary>
    /// <exception cref="SshException">
    /// <see cref="SshError.ForwardFailed"/>: the server refuses; or why the connection has ended.
    /// </exception>
    public static async Task<RemoteForward> StartAsync(
        SshConnection connection,
        ForwardSpec spec,
        ForwardOptions options,
        CancellationToken cancellationToken)
    {
        if (spec.Kind != ForwardKind.Remote) throw new ArgumentException("not a remote forward", nameof(spec));
        var forward = new RemoteForward(connection, spec, options);
        await forward.ListenAsync(connection, cancellationToken).ConfigureAwait(false);
        return forward;
    }

    /// <summary>
    /// The connection was lost: has the server of the next one listen, on the port that the forward had. Connections that
    /// it carried have ended with the last one.
    /// </summary>
    /// <exception cref="SshException">As <see cref="StartAsync"/>.</exception>
    public Task MoveAsync(SshConnection connection, CancellationToken cancellationToken)
    {
        _connection = connection;
        return Volatile.Read(ref _disposed) != 0 ? Task.CompletedTask : ListenAsync(connection, cancellationToken);
    }

    private protected override async ValueTask StopAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        try
        {
            var stopping = _connection.RemoteForwards.StopListeningAsync(_bound);
            if (!await stopping.WaitAsync(CancelLimit).ConfigureAwait(false)) LogNotCancelled(Spec);
        }
        catch (TimeoutException)
        {
            LogNotCancelled(Spec);
        }
        catch (SshException)
        {
            // The connection has ended, and with it the listener.
        }
    }

    /// <summary>The address in the words of RFC 4254 section 7.1, as ssh(1) translates it.</summary>
    private static ForwardEndpoint OnServer(ForwardEndpoint listen) => listen switch
    {
        { IsPath: true } => listen,
        { Host: "" } => listen with { Host = "localhost" },
        { Host: "*" } => listen with { Host = "" },
        _ => listen,
    };

    // Begins with what ssh(1) says, which programs look for.
    private static SshException Refused(ForwardEndpoint listen)
    {
        var where = listen.IsPath
            ? $"path {listen.Host}"
            : string.Create(CultureInfo.InvariantCulture, $"port {listen.Port}");
        var why = listen.IsPath ? "the file is there already" : "the port is in use there";
        return new SshException(
            SshError.ForwardFailed,
            $"remote port forwarding failed for listen {where}: the server refused ({why}, or it does not allow this)");
    }

    private static async Task AbandonAsync(SshConnection connection, Task<ForwardEndpoint?> listening)
    {
        try
        {
            if (await listening.ConfigureAwait(false) is { } bound)
            {
                await connection.RemoteForwards.StopListeningAsync(bound).ConfigureAwait(false);
            }
        }
        catch (SshException)
        {
            // The connection has ended, and with it the listener.
        }
    }

    private async Task ListenAsync(SshConnection connection, CancellationToken cancellationToken)
    {
        var listening = connection.RemoteForwards.ListenAsync(_bound, incoming => _ = ServeAsync(incoming));
        try
        {
            _bound = await listening.WaitAsync(cancellationToken).ConfigureAwait(false) ?? throw Refused(Spec.Listen);
        }
        catch (OperationCanceledException)
        {
            _ = AbandonAsync(connection, listening);
            throw;
        }
    }

    private async Task ServeAsync(IncomingChannel incoming)
    {
        Begin();
        try
        {
            // The receive loop has called: it must go on.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await (Spec.Connect is { } target ? CarryAsync(incoming, target) : CarrySocksAsync(incoming))
                .ConfigureAwait(false);
        }
        catch (SshException)
        {
            // The connection has ended: nothing is left to carry.
        }
        finally
        {
            End();
        }
    }

    private async Task CarryAsync(IncomingChannel incoming, ForwardEndpoint target)
    {
        IChannelEnds ends;
        try
        {
            ends = SocketEnds.Take(await ConnectAsync(target, incoming.Connection.Ended).ConfigureAwait(false));
        }
        catch (SocketException e)
        {
            Report(target, SocketWords.Of(e));
            incoming.Refuse(OpenFailureReason.ConnectFailed, SocketWords.Of(e));
            return;
        }
        catch (SshException e) when (!incoming.Connection.Ended.IsCompleted)
        {
            Report(target, e.Message);
            incoming.Refuse(OpenFailureReason.ResourceShortage, e.Message);
            return;
        }

        try
        {
            Count(incoming.Accept(ends));
        }
        catch (SshException)
        {
            ends.Abort();
            throw;
        }

        await ends.Completion.ConfigureAwait(false);
    }

    private async Task CarrySocksAsync(IncomingChannel incoming)
    {
        using var client = new SocksClientChannel(_options.SocksTimeLimit, _options.Time);
        Count(incoming.Accept(client));
        var handshake = await client.Request.ConfigureAwait(false);
        if (handshake is null)
        {
            LogNoRequest(Spec, client.Refusal);
            return;
        }

        var target = new ForwardEndpoint(handshake.Host, handshake.Port);
        if (!_options.PermitRemoteOpen.Allows(target.Host, target.Port))
        {
            LogConnectFailed(Spec, target, "PermitRemoteOpen does not allow it");
            client.Refuse(SocksReply.NotAllowed);
            return;
        }

        try
        {
            var socket = await ConnectAsync(target, incoming.Connection.Ended).ConfigureAwait(false);
            await client.CarryAsync(SocketEnds.Take(socket)).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            LogConnectFailed(Spec, target, SocketWords.Of(e));
            client.Refuse(SocksReplies.From(e.SocketErrorCode));
        }
        catch (SshException e) when (!incoming.Connection.Ended.IsCompleted)
        {
            LogConnectFailed(Spec, target, e.Message);
            client.Refuse(SocksReply.GeneralFailure);
        }
    }

    /// <summary>Connects; given up when the SSH connection ends.</summary>
    private async Task<Socket> ConnectAsync(ForwardEndpoint target, Task<SshException> ended)
    {
        using var gone = new CancellationTokenSource();
        var connecting = OutgoingSocket.ConnectAsync(target, _options.AddressFamily, gone.Token);
        if (await Task.WhenAny(connecting, ended).ConfigureAwait(false) != connecting)
        {
            await gone.CancelAsync().ConfigureAwait(false);
        }

        try
        {
            return await connecting.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw (await ended.ConfigureAwait(false)).Again();
        }
    }

    private void Report(ForwardEndpoint target, string reason)
    {
        LogConnectFailed(Spec, target, reason);
        _options.OnFailure?.Invoke($"cannot connect to {target}: {reason}");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "forward {Spec}: cannot connect to {Target}: {Reason}")]
    private partial void LogConnectFailed(ForwardSpec spec, ForwardEndpoint target, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "forward {Spec}: {Reason}")]
    private partial void LogNoRequest(ForwardSpec spec, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "forward {Spec}: the server does not confirm its end")]
    private partial void LogNotCancelled(ForwardSpec spec);
}
