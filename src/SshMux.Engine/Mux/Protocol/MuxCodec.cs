using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>
/// Messages of the multiplexing protocol to bytes and back. Pure: no I/O and no state. A packet is
/// <c>uint32 length, uint32 type, body</c>; every "bool" is a uint32. Bytes after the fields that we know are ignored,
/// as OpenSSH does.
/// </summary>
internal static partial class MuxCodec
{
    /// <summary>The length of the length field.</summary>
    public const int HeaderLength = 4;

    /// <summary>
    /// Reads the length field of a packet: how many bytes follow. Throws <see cref="SshError.MuxProtocolError"/> if
    /// that is more than the protocol allows, or too few to hold a type.
    /// </summary>
    public static int DecodeLength(ReadOnlySpan<byte> header)
    {
        var length = new SshReader(header).ReadUInt32();
        return length switch
        {
            > MuxProtocol.MaxPacketLength => throw Malformed($"a packet of {length} bytes is too long"),
            < 4 => throw Malformed($"a packet of {length} bytes has no room for its type"),
            _ => (int)length,
        };
    }

    /// <summary>
    /// Decodes a packet (type and body, without the length field). Throws <see cref="SshError.MuxProtocolError"/> if it
    /// is malformed. The result does not refer to <paramref name="packet"/>.
    /// </summary>
    public static MuxMessage Decode(ReadOnlySpan<byte> packet)
    {
        try
        {
            var reader = new SshReader(packet);
            var type = reader.ReadUInt32();
            if (type == MuxProtocol.Hello) return DecodeHello(ref reader);
            return DecodeBody(type, reader.ReadUInt32(), ref reader);
        }
        catch (SshException e) when (e.Error == SshError.ProtocolError)
        {
            throw new SshException(SshError.MuxProtocolError, $"malformed multiplexing message: {e.Message}", e);
        }
    }

    private static MuxHello DecodeHello(ref SshReader reader)
    {
        var version = reader.ReadUInt32();
        // What follows the version is defined by the version; only ours can be read.
        if (version != MuxProtocol.Version) return new MuxHello(version, []);
        var extensions = new List<MuxExtension>();
        while (!reader.AtEnd) extensions.Add(new MuxExtension(ReadName(ref reader), reader.ReadString().ToArray()));
        return new MuxHello(version, extensions);
    }

    /// <summary><paramref name="id"/> is the request id or, in messages that have none, the session id.</summary>
    private static MuxMessage DecodeBody(uint type, uint id, ref SshReader reader) => type switch
    {
        MuxProtocol.NewSession => DecodeNewSession(id, ref reader),
        MuxProtocol.AliveCheck => new MuxAliveCheck(id),
        MuxProtocol.Terminate => new MuxTerminate(id),
        MuxProtocol.OpenForward => new MuxOpenForward(id, DecodeForward(ref reader)),
        MuxProtocol.CloseForward => new MuxCloseForward(id, DecodeForward(ref reader)),
        MuxProtocol.NewStdioForward => DecodeNewStdioForward(id, ref reader),
        MuxProtocol.StopListening => new MuxStopListening(id),
        MuxProtocol.Proxy => new MuxProxyRequest(id),
        MuxProtocol.Signal => new MuxSignal(id, ReadName(ref reader)),
        MuxProtocol.ExtInfo => new MuxInfoRequest(id, ReadName(ref reader)),
        MuxProtocol.Ok => new MuxOk(id),
        MuxProtocol.PermissionDenied => new MuxPermissionDenied(id, reader.ReadText()),
        MuxProtocol.Failure => new MuxFailure(id, reader.ReadText()),
        MuxProtocol.ExitMessage => new MuxExitMessage(id, reader.ReadUInt32()),
        MuxProtocol.Alive => new MuxAlive(id, reader.ReadUInt32()),
        MuxProtocol.SessionOpened => new MuxSessionOpened(id, reader.ReadUInt32()),
        MuxProtocol.RemotePort => new MuxRemotePort(id, reader.ReadUInt32()),
        MuxProtocol.TtyAllocationFailed => new MuxTtyAllocationFailed(id),
        MuxProtocol.ProxyReply => new MuxProxyReply(id),
        MuxProtocol.ExtInfoReply => new MuxInfoReply(id, reader.ReadUInt32(), reader.ReadText()),
        _ => new MuxUnknownRequest(id, type),
    };

    private static MuxNewSession DecodeNewSession(uint requestId, ref SshReader reader)
    {
        reader.ReadString(); // reserved
        var tty = reader.ReadUInt32() != 0;
        var x11 = reader.ReadUInt32() != 0;
        var agent = reader.ReadUInt32() != 0;
        var subsystem = reader.ReadUInt32() != 0;
        var escape = reader.ReadUInt32();
        var term = ReadName(ref reader);
        var command = ReadBytes(ref reader);
        var environment = new List<ReadOnlyMemory<byte>>();
        while (!reader.AtEnd) environment.Add(ReadBytes(ref reader));
        return new MuxNewSession(requestId, tty, x11, agent, subsystem, escape, term, command, environment);
    }

    private static MuxNewStdioForward DecodeNewStdioForward(uint requestId, ref SshReader reader)
    {
        reader.ReadString(); // reserved
        return new MuxNewStdioForward(requestId, ReadName(ref reader), ReadPort(ref reader));
    }

    private static MuxForward DecodeForward(ref SshReader reader)
    {
        // An unknown type is not malformed: the master has an answer to it.
        var type = (MuxForwardType)reader.ReadUInt32();
        var listenHost = ReadName(ref reader);
        var listenPort = ReadPort(ref reader);
        return new MuxForward(type, listenHost, listenPort, ReadName(ref reader), ReadPort(ref reader));
    }

    private static uint ReadPort(ref SshReader reader)
    {
        var port = reader.ReadUInt32();
        return MuxProtocol.IsPort(port) ? port : throw SshException.Protocol($"{port} is not a port");
    }

    private static string ReadName(ref SshReader reader)
    {
        var name = ByteText.Decode(reader.ReadString());
        return name.Contains('\0', StringComparison.Ordinal) ? throw NulInText() : name;
    }

    private static byte[] ReadBytes(ref SshReader reader)
    {
        var bytes = reader.ReadString();
        return bytes.Contains((byte)0) ? throw NulInText() : bytes.ToArray();
    }

    private static SshException NulInText() => SshException.Protocol("a text has a NUL in it");

    private static SshException Malformed(string what) =>
        new(SshError.MuxProtocolError, $"malformed multiplexing message: {what}");
}
