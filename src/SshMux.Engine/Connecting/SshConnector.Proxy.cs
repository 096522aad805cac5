using System.Net;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Connecting;

/// <content>What lies between us and the host: nothing but a network, a program, or other hosts.</content>
public static partial class SshConnector
{
    /// <summary>ssh(1) would start programs until the machine has no more.</summary>
    private const int MaxJumps = 16;

    /// <summary>
    /// Has a connection to a jump host that exists already (a master's) connect to a host and port. Null if there is
    /// none, and a login is needed.
    /// </summary>
    internal delegate Task<Stream?> SharedConnection(
        HostConfiguration jumpHost, string host, int port, CancellationToken ct);

    /// <summary>Whom to reach, and how many hosts are waiting to be reached over that one.</summary>
    private sealed record Route(
        HostConfiguration Configuration,
        IUserInteraction Interaction,
        ILogger Logger,
        SharedConnection? Shared = null,
        int Depth = 0);

    /// <summary>Connects; gives the stream and the server's address, if we see one.</summary>
    private delegate Task<(Stream Stream, IPAddress? Address)> Way(CancellationToken ct);

    /// <summary>
    /// A jump host that we are logged in to; or, over a connection that was there already, what it has connected to.
    /// </summary>
    private sealed record Hop(string Name, SshConnection? Connection, Stream? Connected = null) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (Connected is not null) await Connected.DisposeAsync().ConfigureAwait(false);
            if (Connection is not null) await Connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Way FindWay(Route route, Hop? hop)
    {
        var configuration = route.Configuration;
        if (hop is not null) return stop => JumpAsync(hop, configuration, stop);
        if (configuration.ExpandProxyCommand() is not { } command)
        {
            return async stop =>
            {
                var socket = await ConnectSocketAsync(configuration, route.Logger, stop).ConfigureAwait(false);
                return (new SocketStream(socket), (socket.RemoteEndPoint as IPEndPoint)?.Address);
            };
        }

        // As in ssh(1), a master that stays has nobody who should read what its proxy has to say later.
        var quiet = configuration is { ControlPath: not null, ControlPersist: not null }
            && !route.Logger.IsEnabled(LogLevel.Debug);
        Log.StartsProxy(route.Logger, command);
        return async stop => configuration.ProxyUseFdpass
            ? (await ProxyDialer.ConnectAsync(command, quiet, stop).ConfigureAwait(false), null)
            : (command == "-" ? ProxyCommandStream.OverStandardStreams() : ProxyCommandStream.Start(command, quiet),
                null);
    }

    /// <summary>
    /// Logs in at the jump host, if there is one. It may take its time and ask the user: the limits of the host's own
    /// configuration hold for the rest.
    /// </summary>
    private static async Task<Hop?> ConnectHopAsync(Route route, CancellationToken ct)
    {
        if (route.Configuration.ProxyJump is null) return null;
        if (route.Depth == MaxJumps)
        {
            throw new SshException(
                SshError.ConfigurationInvalid,
                $"more than {MaxJumps} jump hosts, the last one {route.Configuration.Host}: does ProxyJump in the " +
                "configuration go round in circles?");
        }

        var configuration = (await route.Configuration.LoadJumpHostAsync(ct).ConfigureAwait(false))!;
        Log.JumpsOver(route.Logger, configuration.Host, route.Configuration.Host);
        if (route.Shared is { } share)
        {
            var (host, port) = (route.Configuration.HostName, route.Configuration.Port);
            try
            {
                var stream = await share(configuration, host, port, ct).ConfigureAwait(false);
                if (stream is not null) return new Hop(configuration.Host, null, stream);
            }
            catch (SshException e)
            {
                throw new SshException(e.Error, $"jump host {configuration.Host}: {e.Message}", e);
            }
        }

        var interaction = route.Interaction.ForJumpHost(configuration.Host);
        var next = route with
        {
            Configuration = configuration,
            Interaction = interaction,
            Depth = route.Depth + 1,
        };
        return new Hop(configuration.Host, await ConnectAsync(next, ct).ConfigureAwait(false));
    }

    private static async Task<(Stream Stream, IPAddress? Address)> JumpAsync(
        Hop hop, HostConfiguration configuration, CancellationToken ct)
    {
        if (hop.Connected is { } connected) return (connected, null);
        var jumpHost = hop.Connection!;
        try
        {
            var stream = await jumpHost.OpenStreamAsync(configuration.HostName, configuration.Port, ct)
                .ConfigureAwait(false);
            return (new JumpStream(hop.Name, jumpHost, stream), null);
        }
        catch (SshException e)
        {
            throw new SshException(e.Error, $"jump host {hop.Name}: {e.Message}", e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Executing proxy command: exec {Command}")]
        public static partial void StartsProxy(ILogger logger, string command);

        [LoggerMessage(Level = LogLevel.Debug, Message = "jumping over {JumpHost} to {Host}")]
        public static partial void JumpsOver(ILogger logger, string jumpHost, string host);
    }
}
