using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace SshMux.Engine.Forwarding.Socks;

/// <summary>
/// What a SOCKS client says before its data: SOCKS 4, 4a and 5 (RFC 1928), without authentication, CONNECT only. It
/// does no I/O, takes its input in pieces of any size and never takes a byte that follows the handshake.
/// </summary>
internal sealed class SocksHandshake
{
    private const byte Version4 = 4;
    private const byte Version5 = 5;
    private const byte Connect = 1;
    private const byte NoAuthentication = 0;
    private const byte NoAcceptableMethod = 0xff;
    private const byte Granted4 = 90;
    private const byte Rejected4 = 91;
    private const int MaxText = 255;

    // The longest: a request of SOCKS 4a with a user and a name of 255 bytes each.
    private readonly byte[] _input = new byte[8 + (2 * (MaxText + 1))];
    private Func<SocksStep> _next;
    private int _length;
    private int _textStart;
    private byte _version;

    /// <summary>Begins with the client's first byte.</summary>
    public SocksHandshake()
    {
        _next = ReadVersion;
        Needed = 1;
    }

    /// <summary>
    /// How many more bytes surely belong to the handshake; so many can be read without going past it.
    /// </summary>
    public int Needed { get; private set; }

    /// <summary>What to send to the client now.</summary>
    public ReadOnlyMemory<byte> Reply { get; private set; }

    /// <summary>Why the client is refused, for a log.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>Where the client wants to be connected to: a name or an address.</summary>
    public string Host { get; private set; } = "";

    /// <summary>The TCP port there.</summary>
    public int Port { get; private set; }

    private ReadOnlySpan<byte> Input => _input.AsSpan(0, _length);

    /// <summary>Takes from the beginning of <paramref name="data"/> what belongs to the handshake.</summary>
    public SocksStep Take(ref ReadOnlySpan<byte> data)
    {
        while (true)
        {
            var count = Math.Min(Needed, data.Length);
            data[..count].CopyTo(_input.AsSpan(_length));
            data = data[count..];
            _length += count;
            Needed -= count;
            if (Needed > 0) return SocksStep.NeedsInput;
            var step = _next();
            if (step != SocksStep.NeedsInput) return step;
        }
    }

    /// <summary>The answer to the request, once it is known how it ended.</summary>
    public ReadOnlyMemory<byte> Answer(SocksReply reply) => _version == Version4
        ? new byte[] { 0, reply == SocksReply.Succeeded ? Granted4 : Rejected4, 0, 0, 0, 0, 0, 0 }
        : new byte[] { Version5, (byte)reply, 0, 1, 0, 0, 0, 0, 0, 0 };

    private SocksStep Expect(int count, Func<SocksStep> next)
    {
        Needed = count;
        _next = next;
        return SocksStep.NeedsInput;
    }

    private SocksStep Refuse(SocksReply reply, string why) => Refuse(Answer(reply), why);

    private SocksStep Refuse(ReadOnlyMemory<byte> reply, string why)
    {
        Reply = reply;
        Refusal = why;
        return SocksStep.Refused;
    }

    private SocksStep ReadVersion()
    {
        _version = _input[0];
        return _version switch
        {
            Version4 => Expect(7, ReadHeader4),
            Version5 => Expect(1, ReadMethodCount),

            // Whatever it speaks, it would not understand an answer of ours.
            _ => Refuse(default(ReadOnlyMemory<byte>), $"the client does not speak SOCKS (first byte {_version})"),
        };
    }

    private SocksStep ReadHeader4()
    {
        Port = BinaryPrimitives.ReadUInt16BigEndian(Input[2..]);
        _textStart = _length;
        return Expect(1, ReadUser4);
    }

    private SocksStep ReadUser4()
    {
        if (_input[_length - 1] != 0) return ExpectMoreText(ReadUser4);

        // SOCKS 4a: an address that cannot be, and the name after the user.
        if (_input[4] == 0 && _input[5] == 0 && _input[6] == 0 && _input[7] != 0)
        {
            _textStart = _length;
            return Expect(1, ReadName4);
        }

        Host = new IPAddress(Input[4..8]).ToString();
        return FinishRequest();
    }

    private SocksStep ReadName4() => _input[_length - 1] != 0
        ? ExpectMoreText(ReadName4)
        : FinishWithName(Input[_textStart..^1]);

    private SocksStep ExpectMoreText(Func<SocksStep> next) => _length - _textStart <= MaxText
        ? Expect(1, next)
        : Refuse(SocksReply.GeneralFailure, $"a user or name of more than {MaxText} bytes");

    private SocksStep ReadMethodCount() => Expect(_input[1], ReadMethods);

    private SocksStep ReadMethods()
    {
        if (!Input[2..].Contains(NoAuthentication))
        {
            return Refuse(
                new byte[] { Version5, NoAcceptableMethod }, "the client insists on authentication; there is none");
        }

        _length = 0;
        Reply = new byte[] { Version5, NoAuthentication };
        Expect(4, ReadHeader5);
        return SocksStep.Replies;
    }

    private SocksStep ReadHeader5() => (_input[0], _input[2], _input[3]) switch
    {
        (not Version5, _, _) or (_, not 0, _) => Refuse(SocksReply.GeneralFailure, "a malformed request"),
        (_, _, 1) => Expect(4 + 2, () => ReadAddress5(4)),
        (_, _, 3) => Expect(1, ReadNameLength5),
        (_, _, 4) => Expect(16 + 2, () => ReadAddress5(16)),
        var (_, _, type) => Refuse(SocksReply.AddressTypeNotSupported, $"an address of type {type}"),
    };

    private SocksStep ReadAddress5(int length)
    {
        Host = new IPAddress(Input.Slice(4, length)).ToString();
        Port = BinaryPrimitives.ReadUInt16BigEndian(Input[^2..]);
        return FinishRequest();
    }

    private SocksStep ReadNameLength5() => Expect(_input[4] + 2, ReadName5);

    private SocksStep ReadName5()
    {
        Port = BinaryPrimitives.ReadUInt16BigEndian(Input[^2..]);
        return FinishWithName(Input[5..^2]);
    }

    private SocksStep FinishWithName(ReadOnlySpan<byte> name)
    {
        // A name goes on to the server, or to the resolver, as text.
        if (name.IsEmpty || name.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(name))
        {
            return Refuse(SocksReply.GeneralFailure, "a name that cannot be one");
        }

        Host = Encoding.UTF8.GetString(name);
        return FinishRequest();
    }

    private SocksStep FinishRequest() => _input[1] == Connect
        ? SocksStep.Requested
        : Refuse(SocksReply.CommandNotSupported, $"command {_input[1]}; only connecting is possible");
}
