using System.Globalization;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.HostKeys;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Connecting;

/// <summary>From a stream to a host's SSH server to a login: the encrypted transport, the host key, the user.</summary>
internal sealed partial class HostLogin
{
    private readonly HostConfiguration _configuration;
    private readonly Func<CancellationToken, Task<HostStream>> _openStream;
    private readonly HostKeyVerifier _verifier;
    private readonly ILogger _logger;
    private readonly Route _route;

    /// <summary>Begins with what the configuration says.</summary>
    /// <param name="route">Whom to reach.</param>
    /// <param name="openStream">Connects.</param>
    /// <exception cref="SshException">No algorithm for certificates is left.</exception>
    public HostLogin(Route route, Func<CancellationToken, Task<HostStream>> openStream)
    {
        _route = route;
        _configuration = route.Configuration;
        _logger = route.Logger;
        _openStream = openStream;
        foreach (var line in _configuration.Unsupported) LogUnsupported(line);
        _verifier = new HostKeyVerifier(_configuration, route.Interaction, _logger)
        {
            AuthorityAlgorithms = AlgorithmList.Resolve(
                "CASignatureAlgorithms", _configuration.CaSignatureAlgorithms, SshAlgorithms.Signature),
        };
    }

    /// <summary>Connects and logs in.</summary>
    /// <param name="createSuccessor">Makes what takes the messages that come after the login.</param>
    /// <param name="cancellationToken">Gives up at once; nothing is left behind.</param>
    /// <exception cref="SshException">What went wrong.</exception>
    public async Task<TReceiver> LogInAsync<TReceiver>(
        Func<SshTransport, HostKeyVerifier, TReceiver> createSuccessor, CancellationToken cancellationToken)
        where TReceiver : IMessageReceiver
    {
        var transport = await OpenTransportAsync(cancellationToken).ConfigureAwait(false);
        WeakCryptoWarning.Give(_configuration, transport.Algorithms, _logger);
        try
        {
            var options = AuthenticationOptions.From(_configuration, _route.Interaction) with
            {
                Logger = _logger,
                ServerSignatureAlgorithms = () => transport.ServerSignatureAlgorithms,
                AgentBinding = HostBinding.ForAgent(transport),
                HostKeyToBind = () => HostBinding.HostKeyFor(_configuration, transport),
            };
            if (!_verifier.IsTrusted)
            {
                options = options with { PasswordAuthentication = false, KbdInteractiveAuthentication = false };
            }

            var successor = createSuccessor(transport, _verifier);
            var method = await UserAuthentication
                .AuthenticateAsync(transport, transport.SessionId, options, successor, cancellationToken)
                .ConfigureAwait(false);
            TellAuthenticated(method);
            return successor;
        }
        catch (Exception e)
        {
            transport.Close(e as SshException ?? new SshException(SshError.Stopped, "the login was given up", e));
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<SshTransport> OpenTransportAsync(CancellationToken cancellationToken)
    {
        var hostKeys = await HostKeyAlgorithmsAsync(cancellationToken).ConfigureAwait(false);

        // Also for the server's first words and the key exchange: a port that takes connections and says nothing is as
        // dead as another. Not for the time in which the user looks at a host key.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (_configuration.ConnectTimeout is { } timeout) limit.CancelAfter(timeout);
        var methods = AlgorithmList.Resolve(
            "KexAlgorithms", _configuration.KexAlgorithms, SshAlgorithms.KeyExchange);
        using var prepared = PreparedKey.Begin(methods);
        var options = TransportOptions(methods, prepared, hostKeys, async key =>
        {
            limit.CancelAfter(Timeout.InfiniteTimeSpan);
            await _verifier.VerifyAsync(key, cancellationToken).ConfigureAwait(false);
            if (_configuration.ConnectTimeout is { } again) limit.CancelAfter(again);
        });
        var isConnected = false;
        try
        {
            var server = await _openStream(limit.Token).ConfigureAwait(false);
            isConnected = true;
            _verifier.Address = server.Address;
            return await SshTransport.ConnectAsync(server.Stream, options, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ConnectFailures.TimedOut(_configuration, isConnected);
        }
    }

    private SshTransportOptions TransportOptions(
        IReadOnlyList<string> keyExchange,
        PreparedKey? prepared,
        IReadOnlyList<string> hostKeys,
        Func<ServerHostKey, ValueTask> verify)
    {
        var limit = _configuration.RekeyLimitBytes;
        var defaults = new SshTransportOptions { VerifyHostKey = (_, _) => default };
        return new SshTransportOptions
        {
            VerifyHostKey = (key, _) => verify(key),
            KeyExchangeAlgorithms = keyExchange,
            PreparedKey = prepared,
            HostKeyAlgorithms = hostKeys,
            Ciphers = AlgorithmList.Resolve("Ciphers", _configuration.Ciphers, SshAlgorithms.Ciphers),
            Macs = AlgorithmList.Resolve("MACs", _configuration.Macs, SshAlgorithms.Macs),
            Compression = _configuration.Compression,
            RekeyLimitBytes = limit > 0 ? limit : defaults.RekeyLimitBytes,
            HasRekeyLimit = limit > 0,
            RekeyInterval = _configuration.RekeyInterval,
            VersionAddendum = _configuration.VersionAddendum,
            KeystrokeInterval = _configuration.KeystrokeInterval,
            ServiceClasses = _configuration.ServiceClasses,
            FingerprintHash = _configuration.FingerprintHash,
            Logger = _logger,
        };
    }

    /// <summary>What known_hosts has goes first, unless the user has set an order.</summary>
    private async ValueTask<IReadOnlyList<string>> HostKeyAlgorithmsAsync(CancellationToken cancellationToken)
    {
        var allowed = AlgorithmList.Resolve(
            "HostKeyAlgorithms", _configuration.HostKeyAlgorithms, SshAlgorithms.HostKey);
        _verifier.Algorithms = allowed;
        return AlgorithmList.LeavesOrder(_configuration.HostKeyAlgorithms)
            ? await _verifier.OrderAsync(allowed, cancellationToken).ConfigureAwait(false)
            : allowed;
    }

    private void TellAuthenticated(string method)
    {
        if (!_logger.IsEnabled(LogLevel.Information)) return;
        var port = _configuration.Port.ToString(CultureInfo.InvariantCulture);
        var way = _verifier.Address is { } address ? $"[{address}]:{port}" : "via proxy";
        LogAuthenticated(_configuration.HostName, way, method);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Line}")]
    private partial void LogUnsupported(string line);

    // In the words of ssh(1), which people and programs look for.
    [LoggerMessage(Level = LogLevel.Information, Message = "Authenticated to {Host} ({Way}) using \"{Method}\".")]
    private partial void LogAuthenticated(string host, string way, string method);
}
