using System.Net;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Connecting;

/// <summary>
/// The bytes to and from a host's SSH server. What lies between is nothing but a network, a program (ProxyCommand), or
/// other hosts (ProxyJump).
/// </summary>
internal sealed partial class HostStream
{
    private HostStream(Stream stream, IPAddress? address)
    {
        Stream = stream;
        Address = address;
    }

    /// <summary>What the server says is read from it, and what is written to it goes to the server.</summary>
    public Stream Stream { get; }

    /// <summary>The server's address, if we see one.</summary>
    public IPAddress? Address { get; }

    /// <summary>How to open it; nothing is connected yet.</summary>
    /// <param name="route">Whom to reach.</param>
    /// <param name="jumpHost">The host on the way, if there is one.</param>
    /// <exception cref="SshException">The ProxyCommand cannot be what it is.</exception>
    public static Func<CancellationToken, Task<HostStream>> FindWay(Route route, ProxyJumpHost? jumpHost)
    {
        var (configuration, logger) = (route.Configuration, route.Logger);
        if (jumpHost is not null)
        {
            return async stop => new(await jumpHost.ConnectOnAsync(configuration, stop).ConfigureAwait(false), null);
        }

        if (configuration.ExpandProxyCommand() is not { } command)
        {
            return async stop =>
            {
                var socket = await TcpConnector.ConnectAsync(configuration, logger, stop).ConfigureAwait(false);
                return new(SystemSockets.Current.Open(socket), (socket.RemoteEndPoint as IPEndPoint)?.Address);
            };
        }

        // As in ssh(1), a master that stays has nobody who should read what its proxy has to say later.
        var quiet = configuration is { ControlPath: not null, ControlPersist: not null }
            && !logger.IsEnabled(LogLevel.Debug);
        LogStartsProxy(logger, command);
        return async stop => new(
            configuration.ProxyUseFdpass
                ? await FdpassProxyCommand.ConnectAsync(command, quiet, stop).ConfigureAwait(false)
                : command == "-" ? ProxyCommandStream.OverStandardStreams() : ProxyCommandStream.Start(command, quiet),
            null);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Executing proxy command: exec {Command}")]
    private static partial void LogStartsProxy(ILogger logger, string command);
}
