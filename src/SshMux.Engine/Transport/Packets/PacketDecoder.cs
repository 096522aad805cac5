namespace SshMux.Engine.Transport.Packets;

/// <summary>
/// Takes packets out of a receive buffer: decrypts in place, checks MAC, length and padding. One direction of a
/// connection; not thread-safe.
/// </summary>
internal sealed class PacketDecoder(ReceiveBuffer buffer) : IDisposable
{
    /// <summary>The most that a length field may say, as in OpenSSH.</summary>
    public const int MaxPacketLength = 256 * 1024;

    /// <summary>What a receive buffer must hold so that every packet fits, with its length field and tag.</summary>
    public const int MinBufferLength = 4 + MaxPacketLength + 64;

    private const int MinPadding = 4;

    /// <summary>
    /// Every kind of damage is told the same way, so that nobody learns from it what was found first.
    /// </summary>
    private const string Damaged =
        "a packet from the server is damaged or was tampered with " +
        "(message authentication code incorrect, or a wrong length)";

    private PacketCipher _cipher = new PlainCipher();
    private uint? _length;

    /// <summary>The number of the packet that was read last, modulo 2^32.</summary>
    public uint LastSequenceNumber => unchecked(_sequenceNumber - 1);

    /// <summary>How many packets were decoded with the present keys.</summary>
    public long PacketsWithKey { get; private set; }

    /// <summary>How many bytes were decoded with the present keys.</summary>
    public long BytesWithKey { get; private set; }

    private uint _sequenceNumber;

    /// <summary>
    /// Takes the next packet's message; false when it has not arrived completely. The span is valid until the buffer is
    /// read into again. Throws <see cref="SshException"/> with <see cref="SshError.ProtocolError"/> for a bad packet.
    /// </summary>
    public bool TryRead(out ReadOnlySpan<byte> message)
    {
        message = default;
        var unread = buffer.Unread;
        if (_length is not { } length)
        {
            if (unread.Length < _cipher.HeaderLength) return false;
            length = _cipher.ReadLength(_sequenceNumber, unread[.._cipher.HeaderLength]);
            var padded = length + (_cipher.PadsLengthField ? 4 : 0);
            if (length > MaxPacketLength || length < 1 + MinPadding + 1 || padded % _cipher.BlockSize != 0)
            {
                throw SshException.Protocol(Damaged);
            }

            _length = length;
        }

        var total = 4 + (int)length + _cipher.TagLength;
        if (unread.Length < total) return false;
        if (!_cipher.TryOpen(_sequenceNumber, unread[..total])) throw SshException.Protocol(Damaged);

        int padding = unread[4];
        if (padding < MinPadding || padding + 1 >= length)
        {
            throw SshException.Protocol("a packet from the server has an impossible padding");
        }

        message = unread.Slice(5, (int)length - 1 - padding);
        buffer.Consume(total);
        _length = null;
        _sequenceNumber = unchecked(_sequenceNumber + 1);
        PacketsWithKey++;
        BytesWithKey += total;
        return true;
    }

    /// <summary>
    /// How many cipher blocks the packets with the present keys have; what only authenticates is not counted.
    /// </summary>
    public long BlocksWithKey =>
        (BytesWithKey - (PacketsWithKey * (_cipher.TagLength + (_cipher.PadsLengthField ? 0 : 4)))) / _cipher.BlockSize;

    /// <summary>The size of the present cipher's blocks, in bytes.</summary>
    public int BlockSize => _cipher.BlockSize;

    /// <summary>Takes new keys into use, as after SSH_MSG_NEWKEYS.</summary>
    public void ChangeCipher(PacketCipher cipher, bool resetSequenceNumber)
    {
        _cipher.Dispose();
        _cipher = cipher;
        PacketsWithKey = 0;
        BytesWithKey = 0;
        if (resetSequenceNumber) _sequenceNumber = 0;
    }

    public void Dispose() => _cipher.Dispose();
}
