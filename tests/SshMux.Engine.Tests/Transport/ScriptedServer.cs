using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Compression;
using SshMux.Engine.Transport.KeyExchange;
using SshMux.Engine.Transport.Packets;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>
/// The server's side of one connection, step by step, so that a test can take a wrong one. It stands on our own packet
/// codec and key derivation; that these are right is shown against a real sshd.
/// </summary>
internal sealed partial class ScriptedServer : IAsyncDisposable
{
    private const string Mac = "hmac-sha2-256";

    private readonly NetworkStream _stream;
    private readonly ReceiveBuffer _received = new(PacketDecoder.MinBufferLength);
    private readonly PacketEncoder _encoder = new();
    private readonly PacketDecoder _decoder;
    private byte[] _hostSeed = RandomNumberGenerator.GetBytes(32);
    private byte[]? _sessionId;
    private byte[] _clientKexInit = [];
    private byte[] _serverKexInit = [];
    private KeyDerivation? _keys;
    private PacketCompressor? _compressor;
    private PacketDecompressor? _decompressor;

    private ScriptedServer(NetworkStream stream, NetworkStream client)
    {
        _stream = stream;
        Client = client;
        _decoder = new PacketDecoder(_received);
    }

    /// <summary>The client's end, to be given to the transport.</summary>
    public NetworkStream Client { get; }

    /// <summary>The bytes as they are, for what is no packet.</summary>
    public NetworkStream Stream => _stream;

    /// <summary>What the server's version is in the exchange hash.</summary>
    public string Version { get; init; } = "SSH-2.0-Scripted_1.0";

    public string ClientVersion { get; private set; } = "";

    public bool Strict { get; init; } = true;

    public string KeyExchange { get; init; } = "curve25519-sha256";

    public string Cipher { get; init; } = "aes256-ctr";

    /// <summary>What SSH_MSG_KEXINIT offers, for both directions.</summary>
    public string[] Compression { get; set; } = ["none"];

    /// <summary>Names that SSH_MSG_KEXINIT has among the key exchange methods.</summary>
    public string[] Markers { get; set; } = [];

    /// <summary>Whether SSH_MSG_KEXINIT says that a guess follows.</summary>
    public bool FirstPacketFollows { get; init; }

    /// <summary>Changes SSH_MSG_KEX_ECDH_REPLY's parts: host key, public value, signature.</summary>
    public Func<byte[], byte[], byte[], (byte[], byte[], byte[])>? AlterReply { get; set; }

    /// <summary>Changes the lists of SSH_MSG_KEXINIT, in its order, the two of languages among them.</summary>
    public Func<string[][], string[][]>? AlterLists { get; set; }

    /// <summary>Whether the packets are counted anew after SSH_MSG_NEWKEYS, which strict key exchange demands.</summary>
    public bool? ResetsNumbers { get; set; }

    public byte[] HostKey
    {
        get
        {
            var key = new byte[32];
            CryptographyProvider.Current.Ed25519.PublicKey(_hostSeed, key);
            return Build((ref w) => { w.WriteString("ssh-ed25519"); w.WriteString(key); });
        }
    }

    /// <summary>Of each key exchange: the shared secret, and every key made of it.</summary>
    public List<byte[][]> Secrets { get; } = [];

    public uint PacketsSent => _encoder.SequenceNumber;

    public static async Task<(NetworkStream Server, NetworkStream Client)> ConnectedPairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.LocalEndPoint!);
        var server = await listener.AcceptAsync();
        server.NoDelay = true;
        return (new NetworkStream(server, ownsSocket: true), new NetworkStream(client, ownsSocket: true));
    }

    /// <summary>A server whose client has not begun yet.</summary>
    public static async Task<ScriptedServer> OpenAsync(
        bool strict = true,
        string cipher = "aes256-ctr",
        bool firstPacketFollows = false,
        string keyExchange = "curve25519-sha256",
        string version = "SSH-2.0-Scripted_1.0")
    {
        var (server, client) = await ConnectedPairAsync();
        return new ScriptedServer(server, client)
        {
            Version = version,
            Strict = strict,
            Cipher = cipher,
            FirstPacketFollows = firstPacketFollows,
            KeyExchange = keyExchange,
        };
    }

    /// <summary>The server's side of a connection that a client elsewhere has made.</summary>
    public static ScriptedServer Over(NetworkStream server, string keyExchange, string cipher) =>
        new(server, server) { KeyExchange = keyExchange, Cipher = cipher };

    /// <summary>A server at the one end of two that are connected, and its client at the other.</summary>
    public static ScriptedServer Between(NetworkStream server, NetworkStream client) => new(server, client);

    /// <summary>A server and a transport that have shaken hands.</summary>
    public static async Task<(ScriptedServer Server, SshTransport Transport)> ConnectAsync(
        bool strict = true, string cipher = "aes256-ctr", SshTransportOptions? options = null)
    {
        var server = await OpenAsync(strict, cipher);
        var connecting = server.ConnectClientAsync(options);
        await server.ExchangeVersionsAsync();
        await server.ExchangeKeysAsync();
        return (server, await connecting.WaitAsync(Patience));
    }

    /// <summary>The same, with a receiver that has been started.</summary>
    public static async Task<(ScriptedServer Server, SshTransport Transport, RecordingReceiver Receiver)> StartAsync(
        bool strict = true, string cipher = "aes256-ctr")
    {
        var (server, transport) = await ConnectAsync(strict, cipher);
        var receiver = new RecordingReceiver();
        transport.Start(receiver);
        return (server, transport, receiver);
    }

    public Task<SshTransport> ConnectClientAsync(
        SshTransportOptions? options = null, CancellationToken cancellationToken = default) =>
        SshTransport.ConnectAsync(Client, options ?? AcceptAnyHostKey, cancellationToken);

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    public Task WriteAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes).AsTask().WaitAsync(Patience);

    public async Task ExchangeVersionsAsync()
    {
        await WriteAsync(Version + "\r\n");
        await ReadVersionAsync();
    }

    public void UseHostKeyOf(ScriptedServer other) => _hostSeed = other._hostSeed;

    public async Task ReadVersionAsync() =>
        ClientVersion = await VersionExchange.ReceiveAsync(_stream, _received, default).WaitAsync(Patience);

    public async Task ExchangeKeysAsync()
    {
        await SendKexInitAsync();
        await ReadKexInitAsync();
        await AnswerKeyExchangeAsync();
        await FinishKeyExchangeAsync();
    }

    public Task SendKexInitAsync()
    {
        string[] methods = Strict ? [KeyExchange, .. Markers, KexInit.StrictServer] : [KeyExchange, .. Markers];
        string[][] lists =
            [methods, ["ssh-ed25519"], [Cipher], [Cipher], [Mac], [Mac], Compression, Compression, [], []];
        _serverKexInit = Build(
            (ref w) =>
            {
                w.WriteByte(MessageNumber.KexInit);
                w.WriteBytes(RandomNumberGenerator.GetBytes(16));
                foreach (var list in AlterLists?.Invoke(lists) ?? lists) w.WriteNameList(list);
                w.WriteBoolean(FirstPacketFollows);
                w.WriteUInt32(0);
            },
            PacketDecoder.MaxPacketLength);
        return SendAsync(_serverKexInit);
    }

    public async Task ReadKexInitAsync()
    {
        _clientKexInit = await ExpectAsync(MessageNumber.KexInit);
    }

    /// <summary>Reads the client's public value and answers with the proof.</summary>
    public async Task AnswerKeyExchangeAsync()
    {
        var init = await ExpectAsync(MessageNumber.KexEcdhInit);
        var clientValue = new SshReader(init.AsSpan(1)).ReadString().ToArray();
        var (hashAlgorithm, serverValue, secret) = ServerShare.For(KeyExchange, clientValue);
        var hash = ExchangeHash.Compute(
            hashAlgorithm, Encoding.ASCII.GetBytes(ClientVersion), Encoding.ASCII.GetBytes(Version),
            _clientKexInit, _serverKexInit, HostKey, clientValue, serverValue, secret);
        _sessionId ??= hash;
        _keys = new KeyDerivation(hashAlgorithm, secret, hash, _sessionId);
        Secrets.Add([secret[^32..], .. "CDEF".Select(purpose => _keys.Derive(purpose, 32))]);
        var signature = new byte[64];
        CryptographyProvider.Current.Ed25519.Sign(_hostSeed, hash, signature);
        var signatureBlob = Build((ref w) => { w.WriteString("ssh-ed25519"); w.WriteString(signature); });
        var reply = AlterReply?.Invoke(HostKey, serverValue, signatureBlob) ?? (HostKey, serverValue, signatureBlob);
        await SendAsync(Build((ref w) =>
        {
            w.WriteByte(MessageNumber.KexEcdhReply);
            w.WriteString(reply.Item1);
            w.WriteString(reply.Item2);
            w.WriteString(reply.Item3);
        }));
    }

    /// <summary>NEWKEYS in both directions.</summary>
    public async Task FinishKeyExchangeAsync()
    {
        await SendNewKeysAsync();
        await ReadNewKeysAsync();
    }

    public async Task SendNewKeysAsync()
    {
        await SendAsync([MessageNumber.NewKeys]);
        _encoder.ChangeCipher(MakeCipher('D', 'B', 'F'), ResetsNumbers ?? Strict);
        if (_compressor is not null) _compressor = new PacketCompressor();
    }

    public async Task ReadNewKeysAsync()
    {
        Assert.Single(await ExpectAsync(MessageNumber.NewKeys));
        _decoder.ChangeCipher(MakeCipher('C', 'A', 'E'), Strict);
        if (_decompressor is not null) _decompressor = new PacketDecompressor();
    }

    /// <summary>From now on, and anew after each later key exchange, what is sent and read is compressed.</summary>
    public void StartCompression()
    {
        _compressor = new PacketCompressor();
        _decompressor = new PacketDecompressor();
    }

    public Task SendAsync(byte[] message) => WriteAsync(EncodePacket(message));

    /// <summary>The packet as it would be sent, and counted as if it were.</summary>
    public byte[] EncodePacket(byte[] message)
    {
        if (_compressor is not null) message = _compressor.Compress(new EncodedMessage(message)).ToArray();
        var packet = new byte[message.Length + PacketEncoder.MaxOverhead];
        return packet[.._encoder.Encode(new EncodedMessage(message), packet)];
    }

    public async Task<byte[]> ReadAsync()
    {
        while (true)
        {
            if (TryRead() is { } message) return message;
            var read = await _stream.ReadAsync(_received.MakeRoom()).AsTask().WaitAsync(Patience);
            if (read == 0) throw new EndOfStreamException();
            _received.Add(read);
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    public static byte[] Build(Fill fill, int room = 4096)
    {
        var writer = new SshWriter(new byte[room]);
        fill(ref writer);
        return writer.Written.ToArray();
    }

    public delegate void Fill(ref SshWriter writer);

    private byte[]? TryRead()
    {
        if (!_decoder.TryRead(out var message)) return null;
        return (_decompressor is null ? message : _decompressor.Decompress(message)).ToArray();
    }

    private PacketCipher MakeCipher(char key, char iv, char mac) => PacketCipherFactory.Create(CryptographyProvider.Current,
        Cipher,
        Mac,
        _keys!.Derive(key, PacketCipherFactory.KeyLength(Cipher)),
        _keys.Derive(iv, PacketCipherFactory.IvLength(Cipher)),
        _keys.Derive(mac, PacketCipherFactory.MacKeyLength(Mac)));
}
