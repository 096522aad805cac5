using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Keys;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <summary>
/// One encrypted connection to a server: the SSH transport layer (RFC 4253), client side, with strict key exchange,
/// rekeying, and one recorded reason for its end. It knows neither users nor channels.
/// </summary>
internal sealed partial class SshTransport : IMessageTransport
{
    private readonly Stream _stream;
    private readonly ILogger _logger;
    private readonly bool _hasRekeyLimit;
    private readonly long _created = Stopwatch.GetTimestamp();
    private readonly ExtensionInfo _extensions;
    private readonly PacketSender _sender;
    private readonly PacketReceiver _receiver;
    private readonly Rekeying _rekeying;
    private readonly KeyExchanges _keyExchanges;
    private readonly MessageDelivery _delivery = new();
    private readonly TransportEnd _end = new();

    private SshTransport(Stream stream, SshTransportOptions options)
    {
        _stream = stream;
        _logger = options.Logger;
        _hasRekeyLimit = options.HasRekeyLimit;
        _extensions = new ExtensionInfo(_logger);
        var limits = new KeyLimits(options.RekeyLimitBytes, options.MaxPacketsWithKey);
        _receiver = new PacketReceiver(stream);
        _sender = new PacketSender(stream, options, limits, _extensions)
        {
            OnKeyExchange = number => _keyExchanges!.Begin(number),
            OnWritable = _delivery.OnWritable,
            OnWriteFailed = OnWriteFailed,
        };
        _rekeying = new Rekeying(limits, options.RekeyInterval, _sender, _receiver);
        _keyExchanges = new KeyExchanges(options, _sender, _receiver, _rekeying, Close);
    }

    /// <inheritdoc/>
    public Task<SshException> Ended => _end.Completed;

    /// <inheritdoc/>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>The session identifier: the exchange hash of the first key exchange.</summary>
    public ReadOnlyMemory<byte> SessionId => _keyExchanges.SessionId;

    /// <summary>The server's version string without CR LF, as <c>SSH-2.0-OpenSSH_9.2p1 Debian-2</c>.</summary>
    public string ServerVersion => _keyExchanges.ServerVersion;

    /// <inheritdoc/>
    public bool IsCongested => _sender.Loop.IsCongested;

    /// <inheritdoc/>
    public int MaxMessage { get; private set; } = MessageLimit.Longest;

    /// <summary>What the latest key exchange agreed on.</summary>
    public NegotiatedAlgorithms Algorithms => _keyExchanges.Algorithms;

    /// <summary>The server's host key, which it has proved to hold and which was accepted.</summary>
    public SshPublicKey HostKey => ShownHostKey.Key;

    /// <summary>The host key as the server showed it, with the certificate if it has one.</summary>
    public ServerHostKey ShownHostKey => _keyExchanges.HostKey;

    /// <summary>The host key's signature of <see cref="SessionId"/>, the proof of the first key exchange.</summary>
    public ReadOnlyMemory<byte> HostKeyProof => _keyExchanges.HostKeyProof;

    /// <summary>
    /// The extensions that the server announced with SSH_MSG_EXT_INFO (RFC 8308), by name; empty until it has.
    /// </summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> ServerExtensions => _extensions.Extensions;

    /// <summary>
    /// The signature algorithms that the server takes for public key authentication (<c>server-sig-algs</c>); null if
    /// it has not said.
    /// </summary>
    public IReadOnlyList<string>? ServerSignatureAlgorithms => _extensions.SignatureAlgorithms;

    /// <summary>The host key algorithms that were offered to the server.</summary>
    public IReadOnlyList<string> OfferedHostKeyAlgorithms => _keyExchanges.Offer.HostKey;

    /// <summary>All bytes written to the stream so far.</summary>
    public long BytesSent => _sender.Loop.BytesWritten;

    /// <summary>All bytes read from the stream so far.</summary>
    public long BytesReceived => _receiver.BytesReceived;

    /// <summary>How many key exchanges were completed, the first one included.</summary>
    public int KeyExchangeCount => _keyExchanges.Count;

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
    public void NoteUse(bool hasTerminals, bool isInteractive) => _sender.NoteUse(hasTerminals, isInteractive);

    /// <inheritdoc/>
    public void Start(IMessageReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        _delivery.Start(receiver, ReceiveAsync);
    }

    /// <inheritdoc/>
    public bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct => _sender.Send(message);

    /// <inheritdoc/>
    public void RequestKeyExchange() => _rekeying.Request();

    /// <inheritdoc/>
    string IMessageTransport.Describe()
    {
        var (local, remote) = (_stream as SocketStream)?.EndPoints() ?? default;
        var description = new ConnectionDescription
        {
            Machine = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            Local = local,
            Remote = remote,
            Algorithms = Algorithms,
            Versions = (WithoutProtocol(_keyExchanges.ClientVersion), WithoutProtocol(ServerVersion)),
            Duration = Stopwatch.GetElapsedTime(_created),
            RekeyBlocksIn = _hasRekeyLimit ? _rekeying.BlocksLimit(_receiver.BlockSize) : null,
            RekeyBlocksOut = _hasRekeyLimit ? _rekeying.BlocksLimit(_sender.BlockSize) : null,
            RekeyInterval = _rekeying.Interval,
            NextRekey = _rekeying.Next,
            In = _receiver.Traffic,
            Out = _sender.Traffic,
            CompressedIn = _receiver.Compressed,
            CompressedOut = _sender.Compressed,
        };
        return description.ToString();
    }

    /// <summary>Ends the transport, if it has not ended, and waits until everything is freed.</summary>
    public async ValueTask DisposeAsync()
    {
        Close(new SshException(SshError.Stopped, "the connection was closed on this side"));
        await Ended.ConfigureAwait(false);
    }

    /// <summary>What follows "SSH-2.0-" or the like.</summary>
    private static string WithoutProtocol(string version) => version.Split('-', 3)[^1];

    private async Task ShakeHandsAsync(CancellationToken cancellationToken)
    {
        _sender.SendRaw(Encoding.ASCII.GetBytes(_keyExchanges.ClientVersion + "\r\n"));
        var version = _receiver.ReceiveVersionAsync(cancellationToken);

        // While the server starts a process for us; it can be sent when the server has shown that it speaks SSH.
        _keyExchanges.PrepareFirst();
        _keyExchanges.BeginFirst(await version.ConfigureAwait(false));
        MaxMessage = MessageLimit.Of(ServerVersion);
        while (!_keyExchanges.IsSettled)
        {
            if (_keyExchanges.IsComputing)
            {
                await _keyExchanges.FinishComputingAsync().ConfigureAwait(false);
                if (_end.Reason is { } reason) throw reason;
            }
            else if (_receiver.TryRead(out var message))
            {
                ProcessTransportMessage(message);
            }
            else
            {
                if (_end.Reason is { } reason) throw reason;
                var count = await _receiver.ReceiveAsync(cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    throw EndReasons.Lost(
                        "Connection closed by remote host", "during the key exchange, without a reason");
                }

                _receiver.Add(count);
                continue;
            }

            await _keyExchanges.VerifyHostKeyAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
