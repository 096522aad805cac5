using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Connecting;

/// <summary>
/// The whole way to a connection: TCP, a ProxyCommand or jump hosts, then the encrypted transport, the host key, the
/// login.
/// </summary>
internal static class SshConnector
{
    /// <summary>OpenSSH's server names its keys as soon as the login is done.</summary>
    private static readonly TimeSpan AnnouncementLimit = TimeSpan.FromSeconds(1);

    /// <summary>Connects and logs in as the configuration says.</summary>
    /// <param name="configuration">Where to and how.</param>
    /// <param name="interaction">Who is asked for secrets and about host keys.</param>
    /// <param name="logger">Where to trace.</param>
    /// <param name="cancellationToken">Gives up at once; nothing is left behind.</param>
    /// <exception cref="SshException">What went wrong: see <see cref="SshError"/>.</exception>
    public static Task<SshConnection> ConnectAsync(
        HostConfiguration configuration,
        IUserInteraction interaction,
        ILogger logger,
        CancellationToken cancellationToken) =>
        ConnectAsync(new Route(configuration, interaction, logger), cancellationToken);

    /// <summary>
    /// Connects and logs in, without a login at a jump host that <paramref name="shared"/> has a connection to.
    /// </summary>
    internal static Task<SshConnection> ConnectAsync(
        HostConfiguration configuration,
        IUserInteraction interaction,
        ILogger logger,
        SharedConnection shared,
        CancellationToken cancellationToken) =>
        ConnectAsync(new Route(configuration, interaction, logger, shared), cancellationToken);

    /// <summary>Connects and logs in for another layer above the transport than a connection.</summary>
    internal static Task<TReceiver> ConnectAsync<TReceiver>(
        HostConfiguration configuration,
        IUserInteraction interaction,
        ILogger logger,
        Func<SshTransport, TReceiver> createSuccessor,
        CancellationToken cancellationToken)
        where TReceiver : IMessageReceiver =>
        ConnectAsync(
            new Route(configuration, interaction, logger),
            (transport, _) => createSuccessor(transport),
            cancellationToken);

    /// <summary>Reaches a host over whatever lies before it, and has it ready for sessions.</summary>
    /// <exception cref="SshException">What went wrong; of a jump host it says so.</exception>
    internal static async Task<SshConnection> ConnectAsync(Route route, CancellationToken cancellationToken)
    {
        var configuration = route.Configuration;
        var connection = await ConnectAsync(
            route,
            (transport, verifier) => ConnectionSetup.Create(route, transport, verifier),
            cancellationToken).ConfigureAwait(false);

        // A jump host only connects on.
        if (route.Depth > 0) connection.ForbidMoreSessions();
        await AskAboutHostKeysAsync(connection, cancellationToken).ConfigureAwait(false);
        connection.KeepAlive(
            configuration.HostName, configuration.ServerAliveInterval, configuration.ServerAliveCountMax);
        if (route.Depth == 0) connection.CloseIdleChannels(configuration.ChannelTimeouts);
        return connection;
    }

    private static async Task<TReceiver> ConnectAsync<TReceiver>(
        Route route,
        Func<SshTransport, HostKeyVerifier, TReceiver> createSuccessor,
        CancellationToken cancellationToken)
        where TReceiver : IMessageReceiver
    {
        var jumpHost = await ProxyJumpHost.ConnectAsync(route, cancellationToken).ConfigureAwait(false);
        try
        {
            var login = new HostLogin(route, HostStream.FindWay(route, jumpHost));
            return await login.LogInAsync(createSuccessor, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (jumpHost is not null) await jumpHost.DisposeAsync().ConfigureAwait(false);
            if (e is not SshException reason || route.Depth == 0) throw;
            throw ProxyJumpHost.Named(route.Configuration.Host, reason);
        }
    }

    /// <summary>
    /// UpdateHostKeys=ask: the question comes before any session has the terminal. All else is done beside the
    /// sessions.
    /// </summary>
    private static async Task AskAboutHostKeysAsync(SshConnection connection, CancellationToken cancellationToken)
    {
        if (connection.HostKeyUpdate is not { Asks: true }) return;
        try
        {
            await connection.HostKeys.WaitAsync(AnnouncementLimit, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
