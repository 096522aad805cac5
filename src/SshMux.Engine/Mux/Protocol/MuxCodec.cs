using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Mux.Protocol;

/// <summary>
/// Messages of the multiplexing protocol to bytes and back. Pure: no I/O and no state. A packet is
/// <c>uint32 length, uint32 type, body</c>; every "bool" is a uint32. Bytes after the fields that we know are ignored,
/// as OpenSSH does.
/// </summary>
internal static class MuxCodec
{
    /// <summary>The length of the length field.</summary>
    public const int HeaderLength = 4;

    // The type, and what every message has first.
    private const int HeadLength = 8;

    /// <summary>
    /// Encodes a whole packet, length field included. Throws <see cref="SshError.RequestTooLong"/> if it is longer than
    /// a peer accepts, and what <see cref="MuxMessage.Validate"/> throws.
    /// </summary>
    public static byte[] Encode(MuxMessage message)
    {
        message.Validate();
        var length = HeadLength + message.FieldsLength;
        if (length > MuxProtocol.MaxPacketLength)
        {
            throw new SshException(
                SshError.RequestTooLong,
                $"{message.TakesRoom} {length} bytes, but a control socket takes at most "
                + $"{MuxProtocol.MaxPacketLength}; send long input on standard input instead");
        }

        var packet = new byte[HeaderLength + (int)length];
        var writer = new SshWriter(packet);
        writer.WriteUInt32((uint)length);
        writer.WriteUInt32(message.Type);
        writer.WriteUInt32(message.First);
        message.WriteFields(ref writer);
        return packet;
    }

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
            return Read(reader.ReadUInt32(), reader.ReadUInt32(), ref reader);
        }
        catch (SshException e) when (e.Error == SshError.ProtocolError)
        {
            throw new SshException(SshError.MuxProtocolError, $"malformed multiplexing message: {e.Message}", e);
        }
    }

    /// <summary>Every message that there is, by its number.</summary>
    private static MuxMessage Read(uint type, uint first, ref SshReader reader) => type switch
    {
        MuxHello.Number => MuxHello.Read(first, ref reader),

        // Client to master.
        MuxNewSession.Number => MuxNewSession.Read(first, ref reader),
        MuxAliveCheck.Number => new MuxAliveCheck(first),
        MuxTerminate.Number => new MuxTerminate(first),
        MuxOpenForward.Number => MuxOpenForward.Read(first, ref reader),
        MuxCloseForward.Number => MuxCloseForward.Read(first, ref reader),
        MuxNewStdioForward.Number => MuxNewStdioForward.Read(first, ref reader),
        MuxStopListening.Number => new MuxStopListening(first),
        MuxProxyRequest.Number => new MuxProxyRequest(first),
        MuxSignal.Number => MuxSignal.Read(first, ref reader),
        MuxSessionOptions.Number => MuxSessionOptions.Read(first, ref reader),
        MuxListSessions.Number => MuxListSessions.Read(first, ref reader),
        MuxSignalSession.Number => MuxSignalSession.Read(first, ref reader),
        MuxCloseSession.Number => MuxCloseSession.Read(first, ref reader),
        MuxRenameSession.Number => MuxRenameSession.Read(first, ref reader),
        MuxListForwards.Number => MuxListForwards.Read(first, ref reader),
        MuxWatch.Number => MuxWatch.Read(first, ref reader),
        MuxLockMaster.Number => MuxLockMaster.Read(first, ref reader),
        MuxUnlockMaster.Number => MuxUnlockMaster.Read(first, ref reader),
        MuxResume.Number => new MuxResume(first),
        MuxInfoRequest.Number => MuxInfoRequest.Read(first, ref reader),

        // Master to client.
        MuxOk.Number => new MuxOk(first),
        MuxPermissionDenied.Number => MuxPermissionDenied.Read(first, ref reader),
        MuxFailure.Number => MuxFailure.Read(first, ref reader),
        MuxExitMessage.Number => MuxExitMessage.Read(first, ref reader),
        MuxAlive.Number => MuxAlive.Read(first, ref reader),
        MuxSessionOpened.Number => MuxSessionOpened.Read(first, ref reader),
        MuxRemotePort.Number => MuxRemotePort.Read(first, ref reader),
        MuxTtyAllocationFailed.Number => new MuxTtyAllocationFailed(first),
        MuxSuspend.Number => new MuxSuspend(first),
        MuxNotice.Number => MuxNotice.Read(first, ref reader),
        MuxProxyReply.Number => new MuxProxyReply(first),
        MuxInfoReply.Number => MuxInfoReply.Read(first, ref reader),
        MuxSessions.Number => MuxSessions.Read(first, ref reader),
        MuxForwards.Number => MuxForwards.Read(first, ref reader),
        MuxWatched.Number => MuxWatched.Read(first, ref reader),
        _ => new MuxUnknownRequest(first, type),
    };

    private static SshException Malformed(string what) =>
        new(SshError.MuxProtocolError, $"malformed multiplexing message: {what}");
}
