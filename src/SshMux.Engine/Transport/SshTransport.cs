using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Transport.Packets;

namespace SshMux.Engine.Transport;

/// <summary>
/// One encrypted connection to a server: the SSH transport layer (RFC 4253), client side, with strict key exchange,
/// rekeying, and one recorded reason for its end. It knows neither users nor channels.
/// </summary>
internal sealed partial class SshTransport : IMessageTransport
{
    /// <summary>Room for the longest packet, and for several bulk packets with one read.</summary>
    private const int ReceiveBufferLength = 320 * 1024;

    private readonly Stream _stream;
    private readonly SshTransportOptions _options;
    private readonly AlgorithmOffer _offer;
    private readonly string _clientVersion;
    private readonly ILogger _logger;
    private readonly ReceiveBuffer _received = new(ReceiveBufferLength);
    private readonly PacketDecoder _decoder;
    private readonly ExtensionInfo _extensionInfo;
    private IMessageReceiver? _receiver;
    private long _started;

    private SshTransport(Stream stream, SshTransportOptions options)
    {
        _stream = stream;
        _options = options;
        _offer = AlgorithmOffer.From(
            options.KeyExchangeAlgorithms, options.HostKeyAlgorithms, options.Ciphers, options.Macs, options.Compression);
        if (options.KeystrokeInterval > TimeSpan.Zero) _timing = new KeystrokeTiming(options.KeystrokeInterval);
        _clientVersion = VersionExchange.VersionOf(options.VersionAddendum);
        _logger = options.Logger;
        _decoder = new PacketDecoder(_received);
        _keyLimits = new KeyLimits(options.RekeyLimitBytes, options.MaxPacketsWithKey);
        _rekeyTimer = new RekeyTimer(options.RekeyInterval, RequestKeyExchange);
        _deadline = new KeyExchangeDeadline(Close);
        _extensionInfo = new ExtensionInfo(options.Logger);
        _flushLoop = FlushAsync();
    }

    /// <inheritdoc/>
    public Task<SshException> Ended => _ended.Task;

    /// <inheritdoc/>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>The session identifier: the exchange hash of the first key exchange.</summary>
    public ReadOnlyMemory<byte> SessionId => _sessionId;

    /// <summary>The server's version string without CR LF, as <c>SSH-2.0-OpenSSH_9.2p1 Debian-2</c>.</summary>
    public string ServerVersion { get; private set; } = "";

    /// <inheritdoc/>
    public int MaxMessage { get; private set; } = MessageLimit.Longest;

    /// <summary>What the latest key exchange agreed on.</summary>
    public NegotiatedAlgorithms Algorithms { get; private set; } = null!;

    /// <summary>The server's host key, which it has proved to hold and which was accepted.</summary>
    public SshPublicKey HostKey => ShownHostKey.Key;

    /// <summary>The host key as the server showed it, with the certificate if it has one.</summary>
    public ServerHostKey ShownHostKey { get; private set; } = null!;

    /// <summary>The host key's signature of <see cref="SessionId"/>, the proof of the first key exchange.</summary>
    public ReadOnlyMemory<byte> HostKeyProof { get; private set; }

    /// <summary>
    /// The extensions that the server announced with SSH_MSG_EXT_INFO (RFC 8308), by name; empty until it has.
    /// </summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> ServerExtensions => _extensionInfo.Extensions;

    /// <summary>
    /// The signature algorithms that the server takes for public key authentication (<c>server-sig-algs</c>); null if
    /// it has not said.
    /// </summary>
    public IReadOnlyList<string>? ServerSignatureAlgorithms => _extensionInfo.SignatureAlgorithms;

    /// <summary>All bytes written to the stream so far.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>All bytes read from the stream so far.</summary>
    public long BytesReceived => _received.TotalReceived;

    /// <summary>How many key exchanges were completed, the first one included.</summary>
    public int KeyExchangeCount { get; private set; }

    /// <summary>
    /// Sets up the transport over a connected stream (a NetworkStream that owns its socket, with NoDelay set): version
    /// exchange, first key exchange, and the check of the host key. Takes the stream over in any case; its pending
    /// reads and writes must end when it is disposed. Throws <see cref="SshException"/> on failure, and
    /// <see cref="OperationCanceledException"/> when cancelled.
    /// </summary>
    public static async Task<SshTransport> ConnectAsync(
        Stream stream, SshTransportOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        SshTransport transport;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            transport = new SshTransport(stream, options);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        try
        {
            await transport.ShakeHandsAsync(cancellationToken).ConfigureAwait(false);
            return transport;
        }
        catch (OperationCanceledException)
        {
            transport.Close(new SshException(SshError.Stopped, "the connection attempt was cancelled"));
            await transport.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        catch (Exception e)
        {
            transport.EndBecauseOf(e, "during the key exchange");
            await transport.DisposeAsync().ConfigureAwait(false);
            throw await transport.Ended.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void NoteAnswer(TimeSpan time)
    {
        if (RoundTrip == TimeSpan.Zero || time < RoundTrip) RoundTrip = time;
    }

    /// <inheritdoc/>
    public void Start(IMessageReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        lock (_endLock)
        {
            if (!_endTold)
            {
                Volatile.Write(ref _receiver, receiver);

                if (_receiveLoop is null) _started = Stopwatch.GetTimestamp();

                // On a thread of the pool: what has arrived already is delivered at once, and the caller is not ready.
                _receiveLoop ??= Task.Run(ReceiveAsync);
                return;
            }
        }

        receiver.OnEnded(_reason!);
    }

    /// <summary>Ends the transport, if it has not ended, and waits until everything is freed.</summary>
    public async ValueTask DisposeAsync()
    {
        Close(new SshException(SshError.Stopped, "the connection was closed on this side"));
        await _ended.Task.ConfigureAwait(false);
    }

    private async Task ShakeHandsAsync(CancellationToken cancellationToken)
    {
        _deadline.Set(_options.KeyExchangeTimeout);
        SendRaw(Encoding.ASCII.GetBytes(_clientVersion + "\r\n"));
        var serverVersion = VersionExchange.ReceiveAsync(_stream, _received, cancellationToken);

        // While the server starts a process for us; it can be sent when the server has shown that it speaks SSH.
        var init = KexInit.Create(_offer, first: true);
        ServerVersion = await serverVersion.ConfigureAwait(false);
        MaxMessage = MessageLimit.Of(ServerVersion);
        _options.PreparedKey?.OnServerVersion(ServerVersion);
        lock (_sendLock) BeginKeyExchange(init);
        Flush();
        Log.Versions(_logger, _clientVersion, ServerVersion);
        while (_sessionId is null || _keyExchange is not null)
        {
            if (_computing is not null)
            {
                await FinishComputingAsync().ConfigureAwait(false);
            }
            else if (!TryProcessHandshakePacket())
            {
                if (_reason is { } reason) throw reason;
                var read = await _stream.ReadAsync(_received.MakeRoom(), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    throw EndReasons.Lost(
                        "Connection closed by remote host", "during the key exchange, without a reason");
                }

                _received.Add(read);
                continue;
            }

            if (_keyExchange is { HostKey: { } hostKey, NewKeysSent: false })
            {
                _deadline.Clear();
                await VerifyHostKeyAsync(hostKey, cancellationToken).ConfigureAwait(false);
                _deadline.Set(_options.KeyExchangeTimeout);
                ShownHostKey = hostKey;
                SendNewKeys(_keyExchange);
            }
        }
    }

    private async ValueTask VerifyHostKeyAsync(ServerHostKey hostKey, CancellationToken cancellationToken)
    {
        try
        {
            await _options.VerifyHostKey(hostKey, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (SshException or OperationCanceledException))
        {
            throw new SshException(SshError.HostKeyUnknown, $"the host key could not be checked: {e.Message}", e);
        }
    }

    private bool TryProcessHandshakePacket()
    {
        if (!_decoder.TryRead(out var message)) return false;
        ProcessTransportMessage(message);
        return true;
    }
}
