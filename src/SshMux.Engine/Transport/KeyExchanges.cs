using Microsoft.Extensions.Logging;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Transport;

/// <summary>
/// Key exchanges (RFC 4253 section 7), the first one and later ones, and what they have given. The receive loop does
/// the steps, and waits for those that compute long; only <see cref="Begin"/> may come from elsewhere.
/// </summary>
internal sealed partial class KeyExchanges : IDisposable
{
    private readonly SshTransportOptions _options;
    private readonly PacketSender _sender;
    private readonly PacketReceiver _receiver;
    private readonly Rekeying _rekeying;
    private readonly ILogger _logger;
    private readonly KeyExchangeDeadline _deadline;
    private readonly KeyAgreement _agreement;

    /// <summary>
    /// The exchange under way, from our SSH_MSG_KEXINIT to the server's SSH_MSG_NEWKEYS. The sender begins no other
    /// meanwhile.
    /// </summary>
    private volatile KeyExchangeRun? _run;

    private KexInit? _first; // until it is sent
    private byte[]? _sessionId;

    /// <summary>Nothing is exchanged yet.</summary>
    /// <param name="options">Those of the transport.</param>
    /// <param name="sender">Sends our messages.</param>
    /// <param name="receiver">Gets the new keys of what the server sends.</param>
    /// <param name="rekeying">Is told of new keys.</param>
    /// <param name="close">Ends the transport.</param>
    /// <exception cref="SshException">
    /// The options cannot be: <see cref="SshError.AlgorithmUnavailable"/>, <see cref="SshError.ConfigurationInvalid"/>.
    /// </exception>
    public KeyExchanges(
        SshTransportOptions options,
        PacketSender sender,
        PacketReceiver receiver,
        Rekeying rekeying,
        Action<SshException> close)
    {
        _options = options;
        Offer = AlgorithmOffer.From(
            options.KeyExchangeAlgorithms,
            options.HostKeyAlgorithms,
            options.Ciphers,
            options.Macs,
            options.Compression);
        ClientVersion = VersionExchange.VersionOf(options.VersionAddendum);
        _sender = sender;
        _receiver = receiver;
        _rekeying = rekeying;
        _logger = options.Logger;
        _deadline = new KeyExchangeDeadline(close);
        _agreement = new KeyAgreement(sender, OnAgreed, options.FingerprintHash, options.Logger);
    }

    /// <summary>Our version string without CR LF.</summary>
    public string ClientVersion { get; }

    /// <summary>The server's; empty before <see cref="BeginFirst"/>.</summary>
    public string ServerVersion { get; private set; } = "";

    /// <inheritdoc cref="SshTransport.SessionId"/>
    public ReadOnlyMemory<byte> SessionId => _sessionId;

    /// <inheritdoc cref="SshTransport.Algorithms"/>
    public NegotiatedAlgorithms Algorithms { get; private set; } = null!;

    /// <inheritdoc cref="SshTransport.ShownHostKey"/>
    public ServerHostKey HostKey { get; private set; } = null!;

    /// <inheritdoc cref="SshTransport.HostKeyProof"/>
    public ReadOnlyMemory<byte> HostKeyProof { get; private set; }

    /// <summary>How many were completed.</summary>
    public int Count { get; private set; }

    /// <summary>What we offer.</summary>
    public AlgorithmOffer Offer { get; }

    /// <summary>Whether the server has accepted the login.</summary>
    public bool IsLoggedIn { get; private set; }

    /// <summary>Whether the first keys are in use, and no new ones are exchanged.</summary>
    public bool IsSettled => _sessionId is not null && _run is null;

    /// <summary>Whether the server has sent its SSH_MSG_KEXINIT, and not yet its SSH_MSG_NEWKEYS.</summary>
    public bool IsServerExchanging => _run is { Server: not null };

    /// <inheritdoc cref="KeyAgreement.IsComputing"/>
    public bool IsComputing => _agreement.IsComputing;

    /// <summary>Makes our first SSH_MSG_KEXINIT; from now on the server has not all the time in the world.</summary>
    public void PrepareFirst()
    {
        _deadline.Set(_options.KeyExchangeTimeout);
        _first = KexInit.Create(Offer, first: true);
    }

    /// <summary>Sends our first SSH_MSG_KEXINIT: the server has shown that it speaks SSH.</summary>
    public void BeginFirst(string serverVersion)
    {
        ServerVersion = serverVersion;
        _options.PreparedKey?.OnServerVersion(serverVersion);
        _sender.BeginKeyExchange();
        LogVersions(ClientVersion, serverVersion);
    }

    /// <summary>An exchange begins: gives our SSH_MSG_KEXINIT. Called by the sender, under its lock.</summary>
    /// <param name="packetNumber">The number of the packet that it goes in.</param>
    public KexInit Begin(uint packetNumber)
    {
        var isFirst = _sessionId is null;
        var init = _first ?? KexInit.Create(Offer, isFirst);
        _first = null;
        var prepared = isFirst ? _options.PreparedKey : PreparedKey.Begin([Algorithms.KeyExchange]);
        _run = new KeyExchangeRun(init, packetNumber, prepared)
        {
            ClientVersion = ClientVersion,
            ServerVersion = ServerVersion,
            SessionId = _sessionId,
        };
        if (!isFirst) _deadline.Set(_options.RekeyTimeout);
        LogKeyExchangeBegins(Count + 1);
        return init;
    }

    /// <summary>The server accepts the login.</summary>
    public void OnLoggedIn()
    {
        // At once: what goes out from now on may be our SSH_MSG_KEXINIT, and must be compressed already.
        _sender.RestartCompression(Algorithms.CompressionOut == SshAlgorithms.DelayedZlib);
        _receiver.RestartDecompression(Algorithms.CompressionIn == SshAlgorithms.DelayedZlib);
        IsLoggedIn = true;
    }

    /// <inheritdoc cref="KeyAgreement.FinishComputingAsync"/>
    public Task FinishComputingAsync() => _agreement.FinishComputingAsync();

    /// <summary>
    /// Has somebody decide about the host key, if the first exchange has come so far; then our SSH_MSG_NEWKEYS is sent.
    /// </summary>
    /// <exception cref="SshException">It is not accepted.</exception>
    public async ValueTask VerifyHostKeyAsync(CancellationToken cancellationToken)
    {
        if (_run is not { HostKey: { } hostKey, NewKeysSent: false } run) return;
        _deadline.Clear();
        try
        {
            await _options.VerifyHostKey(hostKey, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (SshException or OperationCanceledException))
        {
            throw new SshException(SshError.HostKeyUnknown, $"the host key could not be checked: {e.Message}", e);
        }

        _deadline.Set(_options.KeyExchangeTimeout);
        HostKey = hostKey;
        SendNewKeys(run);
    }

    /// <summary>
    /// Checks and handles a message that comes when only those of the key exchange may, that is from the server's
    /// SSH_MSG_KEXINIT (in the first exchange, from the beginning) to its SSH_MSG_NEWKEYS. False for a message to
    /// handle as always.
    /// </summary>
    public bool TryProcess(byte number, ReadOnlySpan<byte> message)
    {
        if (_run is not { } run || (run.Server is null && !run.IsFirst)) return false;
        switch (run.StepOf(number, IsLoggedIn))
        {
            case KeyExchangeRun.Step.None:
                return false;
            case KeyExchangeRun.Step.Method:
                _agreement.Process(run, message);
                return true;
            case KeyExchangeRun.Step.NewKeys:
                if (message.Length != 1) throw SshException.Protocol("SSH_MSG_NEWKEYS is too long");
                Finish(run);
                return true;
            default:
                return true;
        }
    }

    /// <summary>SSH_MSG_KEXINIT: the server begins an exchange, or answers ours.</summary>
    public void ProcessKexInit(ReadOnlySpan<byte> message)
    {
        var server = KexInit.Parse(message);
        var packetNumber = _receiver.LastSequenceNumber;
        _sender.BeginKeyExchange();

        // Null only when the transport has been closed: nothing counts any more.
        if (_run is not { } run) return;
        run.Negotiate(server, packetNumber, run.IsFirst ? null : Algorithms.StrictKeyExchange);
        _agreement.Begin(run);
    }

    /// <summary>SSH_MSG_UNIMPLEMENTED: the server does not know our packet of this number.</summary>
    /// <exception cref="SshException">It was our SSH_MSG_KEXINIT.</exception>
    public void OnUnimplemented(uint packetNumber)
    {
        if (_run is not { Server: null } run || run.PacketNumber != packetNumber) return;
        throw SshException.Protocol("the server refuses to exchange new keys");
    }

    /// <summary>Wipes and frees what it holds.</summary>
    public void Dispose()
    {
        _deadline.Dispose();
        _run?.Dispose();
    }

    /// <summary>Both sides have the secret, and the server has proved that it holds its host key.</summary>
    private void OnAgreed(KeyExchangeRun run, ServerReply reply)
    {
        if (run.IsFirst)
        {
            HostKeyProof = reply.Signature;
            return; // somebody has to accept the key first; see VerifyHostKeyAsync
        }

        if (!reply.HostKey.Equals(HostKey))
        {
            throw new SshException(
                SshError.HostKeyChanged, "the server showed another host key when the connection's keys were renewed");
        }

        SendNewKeys(run);
    }

    private void SendNewKeys(KeyExchangeRun run)
    {
        var algorithms = run.Algorithms!;
        var compress = IsCompressed(algorithms.CompressionOut);
        var announce = run.IsFirst && run.Server!.KeyExchange.Contains(KexInit.ExtInfoServer);
        var cipher = run.CreateOutgoingCipher();
        if (!_sender.SendNewKeys(cipher, algorithms.StrictKeyExchange, compress, announce)) return;
        run.NewKeysSent = true;
        LogNewKeysSent();
        _sender.Loop.Flush();
    }

    /// <summary>The server's SSH_MSG_NEWKEYS: what it sends from now on has the new keys.</summary>
    private void Finish(KeyExchangeRun run)
    {
        var algorithms = run.Algorithms!;
        _receiver.ChangeKeys(
            run.CreateIncomingCipher(), algorithms.StrictKeyExchange, IsCompressed(algorithms.CompressionIn));
        _sessionId ??= run.ExchangeHash;
        Algorithms = algorithms;
        Count++;
        _deadline.Clear();
        run.Dispose();
        _run = null;
        _sender.EndKeyExchange();
        LogNewKeys(Count);
        _rekeying.OnNewKeys();
    }

    private bool IsCompressed(string method) => IsLoggedIn && method == SshAlgorithms.DelayedZlib;

    [LoggerMessage(Level = LogLevel.Debug, Message = "versions: ours {Ours}, the server's {Server}")]
    private partial void LogVersions(string ours, string server);

    [LoggerMessage(Level = LogLevel.Debug, Message = "key exchange {Number} begins")]
    private partial void LogKeyExchangeBegins(int number);

    // In ssh(1)'s words, which those who count its key exchanges look for.
    [LoggerMessage(Level = LogLevel.Debug, Message = "SSH2_MSG_NEWKEYS sent")]
    private partial void LogNewKeysSent();

    [LoggerMessage(Level = LogLevel.Debug, Message = "key exchange {Number} done, new keys in use")]
    private partial void LogNewKeys(int number);
}
