using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Transport;

/// <content>
/// Key exchanges (RFC 4253 sections 7 to 9, RFC 5656), the first one and later ones. The receive loop does the steps,
/// and waits for those that compute long; only <see cref="RequestKeyExchange"/> may come from elsewhere.
/// </content>
internal sealed partial class SshTransport
{
    /// <summary>The last number of the connection protocol (RFC 4250 section 4.1.2).</summary>
    private const byte MaxConnectionMessage = 127;

    /// <summary>
    /// The exchange under way, from our SSH_MSG_KEXINIT to the server's SSH_MSG_NEWKEYS. Set under the send lock.
    /// </summary>
    private volatile KeyExchangeRun? _keyExchange;

    private readonly KeyLimits _keyLimits;
    private readonly RekeyTimer _rekeyTimer;
    private readonly KeyExchangeDeadline _deadline;
    private byte[]? _sessionId;

    /// <summary>
    /// Set when the server accepts the login. OpenSSH's server cannot exchange keys before that; its client waits too.
    /// </summary>
    private volatile bool _loggedIn;

    /// <summary>
    /// Asks the server to exchange new keys. Does nothing when an exchange is under way, before the login is done, and
    /// after the transport's end.
    /// </summary>
    public void RequestKeyExchange()
    {
        if (!_loggedIn) return;
        lock (_sendLock) BeginKeyExchange();
        Flush();
    }

    private bool NeedsNewKeys(long bytes, long packets, int blockSize) =>
        _loggedIn && _keyLimits.AreReached(bytes, packets, blockSize);

    /// <summary>Sends our SSH_MSG_KEXINIT; from now on other messages are held back. The send lock is held.</summary>
    private void BeginKeyExchange(KexInit? init = null)
    {
        if (_keyExchange is not null || _sendClosed) return;
        init ??= KexInit.Create(_offer, first: _sessionId is null);
        var packetNumber = _encoder.SequenceNumber;
        EncodePacket(new EncodedMessage(init.Payload));
        _holding = true;
        _timing?.Stop();
        var prepared = _sessionId is null ? _options.PreparedKey : PreparedKey.Begin([Algorithms.KeyExchange]);
        _keyExchange = new KeyExchangeRun(init, packetNumber, prepared);
        if (_sessionId is not null) _deadline.Set(_options.RekeyTimeout);
        Log.KeyExchangeBegins(_logger, KeyExchangeCount + 1);
    }

    /// <summary>
    /// Checks and handles a message that comes when only those of the key exchange may, that is from the server's
    /// SSH_MSG_KEXINIT (in the first exchange, from the beginning) to its SSH_MSG_NEWKEYS. False for a message to
    /// handle as always.
    /// </summary>
    private bool ProcessDuringKeyExchange(KeyExchangeRun run, byte number, ReadOnlySpan<byte> message)
    {
        if (run.Server is null)
        {
            // The first exchange, before the server's SSH_MSG_KEXINIT.
            return number switch
            {
                MessageNumber.KexInit or MessageNumber.Ignore or MessageNumber.Debug => false,
                MessageNumber.Unimplemented => false,
                _ => throw OutOfPlace(number),
            };
        }

        if (number is MessageNumber.Ignore or MessageNumber.Debug or MessageNumber.Unimplemented)
        {
            if (_sessionId is null && run.Algorithms!.StrictKeyExchange) throw OutOfPlace(number);
            return false;
        }

        switch (number)
        {
            case >= MessageNumber.KexEcdhInit and < MessageNumber.UserAuthRequest when run.SkipNextPacket:
                run.SkipNextPacket = false;
                break;
            case MessageNumber.KexEcdhReply or MessageNumber.KexDhGexReply
                when run.Keys is null && number == run.ExpectedMessage:
                if (run.Key is null) ProcessGroup(run, message);
                else ProcessReply(run, message);
                break;
            case MessageNumber.NewKeys when run.NewKeysSent:
                if (message.Length != 1) throw SshException.Protocol("SSH_MSG_NEWKEYS is too long");
                FinishKeyExchange(run);
                break;
            case >= MessageNumber.GlobalRequest and <= MaxConnectionMessage when _loggedIn:
                // RFC 4253 section 7.1 forbids these, but asyncssh sends them all the same when it renews the keys, and
                // OpenSSH's client takes them too. They are as authentic as before: the keys in use protect them.
                _receiver!.OnMessage(message);
                break;
            default:
                throw OutOfPlace(number);
        }

        return true;
    }

    private void ProcessKexInit(ReadOnlySpan<byte> message)
    {
        var server = KexInit.Parse(message);
        var first = _sessionId is null;
        var packetNumber = _decoder.LastSequenceNumber;
        KeyExchangeRun run;
        lock (_sendLock)
        {
            BeginKeyExchange();

            // Null only when the transport has been closed: nothing counts any more.
            if (_keyExchange is null) return;
            run = _keyExchange;
        }

        var strict = first ? (bool?)null : Algorithms.StrictKeyExchange;
        run.Algorithms = AlgorithmNegotiation.Negotiate(run.Ours, server, strict);
        if (first && run.Algorithms.StrictKeyExchange && packetNumber != 0)
        {
            throw SshException.Protocol("the server's SSH_MSG_KEXINIT was not its first packet (strict key exchange)");
        }

        run.SkipNextPacket = server.FirstPacketFollows && !AlgorithmNegotiation.GuessedRight(run.Ours, server);
        run.Server = server;
        Log.Negotiated(_logger, run.Algorithms);
        if (first && run.Algorithms is { StrictKeyExchange: false, CipherIn: SshAlgorithms.ChaChaPoly })
        {
            Log.NoStrictKeyExchange(_logger, run.Algorithms.CipherIn);
        }

        if (run.Algorithms.KeyExchange == GroupExchange.Method)
        {
            RequestGroup(run);
            return;
        }

        MakeKey(run);
    }

    private void SendPublicValue(EphemeralKey key, byte number)
    {
        lock (_sendLock)
        {
            if (!_sendClosed) EncodePacket(new KexEcdhInitMessage(key.PublicValue, number));
        }

        Flush();
    }

    /// <summary>Sends SSH_MSG_NEWKEYS and all that was held back, with the new keys.</summary>
    private void SendNewKeys(KeyExchangeRun run)
    {
        var algorithms = run.Algorithms!;
        var cipher = run.CreateOutgoingCipher();
        lock (_sendLock)
        {
            if (_sendClosed)
            {
                cipher.Dispose();
                return;
            }

            EncodePacket(new NewKeysMessage());
            _encoder.ChangeCipher(cipher, algorithms.StrictKeyExchange);
            RestartCompression(algorithms);
            SendExtensions(run);
            run.NewKeysSent = true;
            ReleaseHeld();
        }

        Log.NewKeysSent(_logger);
        Flush();
    }

    /// <summary>The server's SSH_MSG_NEWKEYS: what it sends from now on has the new keys.</summary>
    private void FinishKeyExchange(KeyExchangeRun run)
    {
        var algorithms = run.Algorithms!;
        var cipher = run.CreateIncomingCipher();
        _decoder.ChangeCipher(cipher, algorithms.StrictKeyExchange);
        RestartDecompression(algorithms);
        _sessionId ??= run.ExchangeHash;
        Algorithms = algorithms;
        KeyExchangeCount++;
        lock (_sendLock)
        {
            run.Dispose();
            _keyExchange = null;
            _heldForServer = 0;
        }

        _deadline.Clear();
        Log.NewKeys(_logger, KeyExchangeCount);
        if (_loggedIn) _rekeyTimer.Restart();
    }

    private void OnLoggedIn()
    {
        if (_loggedIn) return;
        lock (_sendLock)
        {
            // At once: what goes out from now on may be our SSH_MSG_KEXINIT, and must be compressed already.
            _loggedIn = true;
            RestartCompression(Algorithms);
        }

        RestartDecompression(Algorithms);
        _rekeyTimer.Restart();

        // From now on nothing that is received is waited for by anybody: no host key, no question to the user.
        if (_stream is SocketStream socket) socket.ReadsInline = true;
    }

    private static SshException OutOfPlace(byte number) =>
        SshException.Protocol($"the server sent message {number}, which has no place at this step of a key exchange");
}
