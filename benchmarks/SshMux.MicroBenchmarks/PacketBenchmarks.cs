using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using SshMux.Engine.Cryptography;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Packets;

namespace SshMux.MicroBenchmarks;

/// <summary>
/// A message to a packet, and back. A packet can be decoded once only, because its number is part of what is
/// authenticated; so what decoding takes is the difference of the two.
/// </summary>
public class PacketBenchmarks : IDisposable
{
    private readonly PacketEncoder _encoder = new();
    private readonly PacketEncoder _other = new();
    private ReceiveBuffer _buffer = null!;
    private PacketDecoder _decoder = null!;
    private byte[] _message = [];
    private byte[] _packet = [];

    [Params(
        "aes256-gcm@openssh.com",
        "aes128-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
        "aes128-ctr hmac-sha2-256-etm@openssh.com",
        "aes256-ctr hmac-sha2-256-etm@openssh.com")]
    public string Cipher { get; set; } = "";

    /// <summary>Who computes: libcrypto, or what computes where there is none.</summary>
    [Params(false, true)]
    public bool Managed { get; set; }

    [Params(1024, 32 * 1024, 128 * 1024)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _message = new byte[Length];
        _packet = new byte[Length + PacketEncoder.MaxOverhead];
        _buffer = new ReceiveBuffer(PacketDecoder.MinBufferLength);
        _decoder = new PacketDecoder(_buffer);
        ICryptographyProvider provider = Managed ? CryptographyProvider.Managed : CryptographyProvider.OpenSsl!;
        var words = Cipher.Split(' ');
        var (cipher, mac) = (words[0], words.Length > 1 ? words[1] : null);
        var key = RandomNumberGenerator.GetBytes(PacketCipherFactory.KeyLength(cipher));
        var iv = RandomNumberGenerator.GetBytes(PacketCipherFactory.IvLength(cipher));
        var macKey = RandomNumberGenerator.GetBytes(PacketCipherFactory.MacKeyLength(mac));
        _encoder.ChangeCipher(PacketCipherFactory.Create(provider, cipher, mac, key, iv, macKey), resetSequenceNumber: true);
        _other.ChangeCipher(PacketCipherFactory.Create(provider, cipher, mac, key, iv, macKey), resetSequenceNumber: true);
        _decoder.ChangeCipher(PacketCipherFactory.Create(provider, cipher, mac, key, iv, macKey), resetSequenceNumber: true);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _encoder.Dispose();
        _other.Dispose();
        _decoder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Encode() => _other.Encode(new EncodedMessage(_message), _packet);

    [Benchmark]
    public int EncodeAndDecode()
    {
        // Straight into the receive buffer, as from the socket.
        var length = _encoder.Encode(new EncodedMessage(_message), _buffer.MakeRoom().Span);
        _buffer.Add(length);
        return _decoder.TryRead(out var message) ? message.Length : throw new InvalidOperationException();
    }
}
