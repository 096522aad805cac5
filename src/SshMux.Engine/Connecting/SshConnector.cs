using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Connecting;

/// <summary>
/// The whole way to a connection: TCP, a ProxyCommand or jump hosts, then the encrypted transport, the host key, the
/// login.
/// </summary>
public static partial class SshConnector
{
    /// <summary>Connects and logs in as the configuration says.</summary>
    /// <param name="configuration">Where to and how.</param>
    /// <param name="interaction">Who is asked for secrets and about host keys.</param>
    /// <param name="logger">Where to trace.</param>
    /// <param name="ct">Gives up at once; nothing is left behind.</param>
    /// <exception cref="SshException">What went wrong: see <see cref="SshError"/>.</exception>
    public static Task<SshConnection> ConnectAsync(
        HostConfiguration configuration, IUserInteraction interaction, ILogger logger, CancellationToken ct) =>
        ConnectAsync(new Route(configuration, interaction, logger), ct);

    /// <summary>The same, with a means to do without a login at a jump host.</summary>
    internal static Task<SshConnection> ConnectAsync(
        HostConfiguration configuration,
        IUserInteraction interaction,
        ILogger logger,
        SharedConnection shared,
        CancellationToken ct) =>
        ConnectAsync(new Route(configuration, interaction, logger, shared), ct);

    /// <summary>The same with another layer above the transport.</summary>
    internal static Task<TReceiver> ConnectAsync<TReceiver>(
        HostConfiguration configuration,
        IUserInteraction interaction,
        ILogger logger,
        Func<SshTransport, TReceiver> createSuccessor,
        CancellationToken ct)
        where TReceiver : IMessageReceiver =>
        ConnectAsync(
            new Route(configuration, interaction, logger), (transport, _) => createSuccessor(transport), ct);

    private static async Task<SshConnection> ConnectAsync(Route route, CancellationToken ct)
    {
        var configuration = route.Configuration;
        var connection = await ConnectAsync(
            route,
            (transport, verifier) => Create(route, transport, verifier),
            ct).ConfigureAwait(false);

        // A jump host only connects on.
        if (route.Depth > 0) connection.ForbidMoreSessions();
        await AskAboutHostKeysAsync(connection, ct).ConfigureAwait(false);
        connection.KeepAlive(
            configuration.HostName, configuration.ServerAliveInterval, configuration.ServerAliveCountMax);
        if (route.Depth == 0) connection.CloseIdleChannels(configuration.ChannelTimeouts);
        return connection;
    }

    private static async Task<TReceiver> ConnectAsync<TReceiver>(
        Route route, Func<SshTransport, HostKeyVerifier, TReceiver> createSuccessor, CancellationToken ct)
        where TReceiver : IMessageReceiver
    {
        var hop = await ConnectHopAsync(route, ct).ConfigureAwait(false);
        try
        {
            return await LogInAsync(route, FindWay(route, hop), createSuccessor, ct).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (hop is not null) await hop.DisposeAsync().ConfigureAwait(false);
            if (e is not SshException reason || route.Depth == 0) throw;
            throw new SshException(reason.Error, $"jump host {route.Configuration.Host}: {e.Message}", e);
        }
    }

    private static async Task<TReceiver> LogInAsync<TReceiver>(
        Route route, Way way, Func<SshTransport, HostKeyVerifier, TReceiver> createSuccessor, CancellationToken ct)
        where TReceiver : IMessageReceiver
    {
        var (configuration, interaction, logger) = (route.Configuration, route.Interaction, route.Logger);
        foreach (var line in configuration.Unsupported) Log.Unsupported(logger, line);
        var verifier = new HostKeyVerifier(configuration, interaction, logger)
        {
            AuthorityAlgorithms = AlgorithmList.Resolve(
                "CASignatureAlgorithms", configuration.CaSignatureAlgorithms, SshAlgorithms.Signature),
        };
        var transport = await OpenTransportAsync(configuration, way, verifier, logger, ct).ConfigureAwait(false);
        WarnOfWeakCrypto(configuration, transport.Algorithms, logger);
        try
        {
            var options = AuthenticationOptions.From(configuration, interaction) with
            {
                Logger = logger,
                ServerSignatureAlgorithms = () => transport.ServerSignatureAlgorithms,
                AgentBinding = BindingOf(transport),
                HostKeyToBind = () => HostKeyToBind(configuration, transport),
            };
            if (!verifier.IsTrusted)
            {
                options = options with { PasswordAuthentication = false, KbdInteractiveAuthentication = false };
            }

            var successor = createSuccessor(transport, verifier);
            var method = await UserAuthentication
                .AuthenticateAsync(transport, transport.SessionId, options, successor, ct).ConfigureAwait(false);
            Log.Authenticated(logger, configuration, verifier.Address, method);
            return successor;
        }
        catch (Exception e)
        {
            transport.Close(e as SshException ?? new SshException(SshError.Stopped, "the login was given up", e));
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<SshTransport> OpenTransportAsync(
        HostConfiguration configuration, Way way, HostKeyVerifier verifier, ILogger logger, CancellationToken ct)
    {
        var hostKeys = await HostKeyAlgorithmsAsync(configuration, verifier, ct).ConfigureAwait(false);

        // Also for the server's first words and the key exchange: a port that takes connections and says nothing is as
        // dead as another. Not for the time in which the user looks at a host key.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        if (configuration.ConnectTimeout is { } timeout) limit.CancelAfter(timeout);
        var methods = AlgorithmList.Resolve(
            "KexAlgorithms", configuration.KexAlgorithms, SshAlgorithms.KeyExchange);
        using var prepared = PreparedKey.Begin(methods);
        var options = TransportOptions(configuration, (methods, prepared), hostKeys, logger, async key =>
        {
            limit.CancelAfter(Timeout.InfiniteTimeSpan);
            await verifier.VerifyAsync(key, ct).ConfigureAwait(false);
            if (configuration.ConnectTimeout is { } again) limit.CancelAfter(again);
        });
        var isConnected = false;
        try
        {
            var (stream, address) = await way(limit.Token).ConfigureAwait(false);
            isConnected = true;
            verifier.Address = address;
            return await SshTransport.ConnectAsync(stream, options, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw TimedOut(configuration, isConnected);
        }
    }

    private static SshTransportOptions TransportOptions(
        HostConfiguration configuration,
        (IReadOnlyList<string> Methods, PreparedKey? Prepared) keyExchange,
        IReadOnlyList<string> hostKeyAlgorithms,
        ILogger logger,
        Func<ServerHostKey, ValueTask> verify)
    {
        var limit = configuration.RekeyLimitBytes;
        var defaults = new SshTransportOptions { VerifyHostKey = (_, _) => default };
        return new SshTransportOptions
        {
            VerifyHostKey = (key, _) => verify(key),
            KeyExchangeAlgorithms = keyExchange.Methods,
            PreparedKey = keyExchange.Prepared,
            HostKeyAlgorithms = hostKeyAlgorithms,
            Ciphers = AlgorithmList.Resolve("Ciphers", configuration.Ciphers, SshAlgorithms.Ciphers),
            Macs = AlgorithmList.Resolve("MACs", configuration.Macs, SshAlgorithms.Macs),
            Compression = configuration.Compression,
            RekeyLimitBytes = limit > 0 ? limit : defaults.RekeyLimitBytes,
            HasRekeyLimit = limit > 0,
            RekeyInterval = configuration.RekeyInterval,
            VersionAddendum = configuration.VersionAddendum,
            KeystrokeInterval = configuration.KeystrokeInterval,
            ServiceClasses = configuration.ServiceClasses,
            FingerprintHash = configuration.FingerprintHash,
            Logger = logger,
        };
    }
}
