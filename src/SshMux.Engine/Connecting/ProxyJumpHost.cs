using Microsoft.Extensions.Logging;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Connecting;

/// <summary>
/// A jump host (ProxyJump) that we are logged in to; or, over a connection that was there already, what it has connected
/// to.
/// </summary>
internal sealed partial class ProxyJumpHost : IAsyncDisposable
{
    /// <summary>ssh(1) would start programs until the machine has no more.</summary>
    private const int MaxJumps = 16;

    private readonly string _name;
    private readonly SshConnection? _connection;
    private readonly Stream? _connected;

    private ProxyJumpHost(string name, SshConnection? connection, Stream? connected)
    {
        _name = name;
        _connection = connection;
        _connected = connected;
    }

    /// <summary>
    /// Logs in at the host's jump host; null if it has none. It may take its time and ask the user: the limits of the
    /// host's own configuration hold for the rest.
    /// </summary>
    /// <exception cref="SshException">It cannot be reached, or does not let us in; names it.</exception>
    public static async Task<ProxyJumpHost?> ConnectAsync(Route route, CancellationToken cancellationToken)
    {
        var target = route.Configuration;
        if (target.ProxyJump is null) return null;
        if (route.Depth == MaxJumps)
        {
            throw new SshException(
                SshError.ConfigurationInvalid,
                $"more than {MaxJumps} jump hosts, the last one {target.Host}: does ProxyJump in the " +
                "configuration go round in circles?");
        }

        var configuration = (await target.LoadJumpHostAsync(cancellationToken).ConfigureAwait(false))!;
        LogJumpsOver(route.Logger, configuration.Host, target.Host);
        if (route.Shared is { } share)
        {
            try
            {
                var stream = await share(configuration, target.HostName, target.Port, cancellationToken)
                    .ConfigureAwait(false);
                if (stream is not null) return new ProxyJumpHost(configuration.Host, null, stream);
            }
            catch (SshException e)
            {
                throw Named(configuration.Host, e);
            }
        }

        var next = route with
        {
            Configuration = configuration,
            Interaction = route.Interaction.ForJumpHost(configuration.Host),
            Depth = route.Depth + 1,
        };
        var connection = await SshConnector.ConnectAsync(next, cancellationToken).ConfigureAwait(false);
        return new ProxyJumpHost(configuration.Host, connection, null);
    }

    /// <summary>A failure at a jump host or of its connection, which says so.</summary>
    public static SshException Named(string name, SshException reason) =>
        new(reason.Error, $"jump host {name}: {reason.Message}", reason);

    /// <summary>Has it connect to a host. The stream ends this object, too.</summary>
    /// <exception cref="SshException">It does not, and why.</exception>
    public async Task<Stream> ConnectOnAsync(HostConfiguration host, CancellationToken cancellationToken)
    {
        if (_connected is not null) return _connected;
        var connection = _connection!;
        try
        {
            var stream = await connection.OpenStreamAsync(host.HostName, host.Port, cancellationToken)
                .ConfigureAwait(false);
            return new ProxyJumpStream(_name, connection, stream);
        }
        catch (SshException e)
        {
            throw Named(_name, e);
        }
    }

    /// <summary>Closes the connection to it, and what goes over that.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_connected is not null) await _connected.DisposeAsync().ConfigureAwait(false);
        if (_connection is not null) await _connection.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "jumping over {JumpHost} to {Host}")]
    private static partial void LogJumpsOver(ILogger logger, string jumpHost, string host);
}
