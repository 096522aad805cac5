using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Extensions;
using SshMux.Engine.Mux.Protocol.Messages;

namespace SshMux.Engine.Tests.Mux.Protocol;

public class MuxCodecProperties
{
    private static readonly uint[] Types =
    [
        MuxHello.Number, MuxNewSession.Number, MuxAliveCheck.Number, MuxTerminate.Number,
        MuxOpenForward.Number, MuxCloseForward.Number, MuxNewStdioForward.Number, MuxStopListening.Number,
        MuxProxyRequest.Number, MuxInfoRequest.Number, MuxOk.Number, MuxPermissionDenied.Number, MuxFailure.Number,
        MuxExitMessage.Number, MuxAlive.Number, MuxSessionOpened.Number, MuxRemotePort.Number,
        MuxTtyAllocationFailed.Number, MuxProxyReply.Number, MuxInfoReply.Number, MuxSignal.Number,
        MuxSessionOptions.Number, MuxListSessions.Number, MuxSignalSession.Number, MuxCloseSession.Number,
        MuxRenameSession.Number, MuxListForwards.Number, MuxWatch.Number, MuxSessions.Number, MuxForwards.Number,
        MuxWatched.Number, MuxResume.Number, MuxSuspend.Number, MuxNotice.Number, MuxLockMaster.Number,
        MuxUnlockMaster.Number,
        0xdeadbeef,
    ];

    private static Gen<string> Texts => ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text =>
        new string([.. text.Get.Where(c => c != '\0' && !char.IsSurrogate(c))]));

    private static Gen<ReadOnlyMemory<byte>> Bytes => ArbMap.Default.GeneratorFor<byte[]>().Select(bytes =>
        (ReadOnlyMemory<byte>)(bytes ?? []).Where(b => b != 0).ToArray());

    private static Gen<uint> Numbers => ArbMap.Default.GeneratorFor<uint>();

    private static Gen<uint> Ports => Gen.OneOf(
        Gen.Choose(0, 65535).Select(port => (uint)port), Gen.Constant(MuxProtocol.StreamLocalPort));

    private static Gen<MuxForward> Forwards =>
        from type in Gen.Elements(MuxForwardType.Local, MuxForwardType.Remote, MuxForwardType.Dynamic)
        from listenHost in Texts
        from listenPort in Ports
        from connectHost in Texts
        from connectPort in Ports
        select new MuxForward(type, listenHost, listenPort, connectHost, connectPort);

    private static Gen<MuxMessage> Sessions =>
        from id in Numbers
        from flags in Gen.Choose(0, 15)
        from escape in Numbers
        from term in Texts
        from command in Bytes
        from environment in Bytes.ListOf()
        select (MuxMessage)new MuxNewSession(
            id, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0, escape, term, command,
            [.. environment]);

    private static Gen<MuxMessage> Hellos =>
        (from name in Texts from value in Bytes select new MuxExtension(name, value)).ListOf()
            .Select(extensions => (MuxMessage)new MuxHello(MuxProtocol.Version, [.. extensions]));

    private static Gen<MuxSessionDescription> SessionDescriptions =>
        from number in Numbers
        from text in Texts
        from kind in Gen.Elements(Enum.GetValues<MuxSessionKind>())
        from state in Gen.Elements(Enum.GetValues<MuxSessionState>())
        select new MuxSessionDescription
        {
            Number = number,
            Name = text,
            Kind = kind,
            State = state,
            Command = text,
            ClientProcessId = number,
            Asked = DateTime.UnixEpoch.AddMilliseconds(number),
            Term = text,
            Columns = number,
            Rows = ~number,
            Sent = (ulong)number << 32,
            Received = number,
            SendRate = 1,
            ReceiveRate = ulong.MaxValue,
        };

    private static Gen<MuxForwardDescription> ForwardDescriptions =>
        from number in Numbers
        from forward in Forwards
        select new MuxForwardDescription
        {
            Number = number,
            Forward = forward,
            Port = ~number,
            Opened = DateTime.UnixEpoch.AddMilliseconds(number),
            Connections = 1,
            TotalConnections = number,
            Sent = (ulong)number << 32,
            Received = number,
        };

    private static Gen<MuxMessage> Extensions =>
        from id in Numbers
        from number in Numbers
        from text in Texts
        from data in Bytes
        from hasMore in ArbMap.Default.GeneratorFor<bool>()
        from sessions in SessionDescriptions.ListOf()
        from forwards in ForwardDescriptions.ListOf()
        from kind in Gen.Elements(Enum.GetValues<MuxWatchedKind>())
        from message in Gen.Elements<MuxMessage>(
            new MuxSignal(id, text), new MuxSessionOptions(id, [new(text, text), new("name", text)]),
            new MuxListSessions(id, number), new MuxListForwards(id, number), new MuxSignalSession(id, text, "TERM"),
            new MuxCloseSession(id, text), new MuxRenameSession(id, "1", text), new MuxWatch(id, text),
            new MuxLockMaster(id, hasMore, data.ToArray()), new MuxUnlockMaster(id, data.ToArray()),
            new MuxSessions(id, hasMore, [.. sessions]), new MuxForwards(id, hasMore, [.. forwards]),
            new MuxWatched(id, number, kind, DateTime.UnixEpoch.AddMilliseconds(number), number, data))
        select message;

    private static Gen<MuxMessage> Messages => Gen.OneOf(Protocol, Extensions);

    private static Gen<MuxMessage> Protocol =>
        from id in Numbers
        from number in Numbers
        from text in Texts
        from port in Ports
        from forward in Forwards
        from session in Sessions
        from hello in Hellos
        from message in Gen.Elements(
            hello, session, new MuxAliveCheck(id), new MuxTerminate(id), new MuxStopListening(id),
            new MuxOpenForward(id, forward), new MuxCloseForward(id, forward), new MuxNewStdioForward(id, text, port),
            new MuxProxyRequest(id), new MuxInfoRequest(id, text), new MuxResume(id), new MuxUnknownRequest(id, 0xdeadbeef),
            new MuxOk(id), new MuxPermissionDenied(id, text), new MuxFailure(id, text), new MuxAlive(id, number),
            new MuxSessionOpened(id, number), new MuxRemotePort(id, number), new MuxProxyReply(id),
            new MuxInfoReply(id, number, text), new MuxExitMessage(id, number), new MuxTtyAllocationFailed(id),
            new MuxSuspend(id), MuxNotice.Of((MuxNoticeKind)id, text))
        select message;

    [Fact]
    public void Every_message_survives_the_round_trip() =>
        Prop.ForAll(Messages.ToArbitrary(), message =>
        {
            var packet = MuxCodec.Encode(message);
            var decoded = MuxCodec.Decode(packet.AsSpan(MuxCodec.HeaderLength));
            return MuxCodec.DecodeLength(packet.AsSpan(0, 4)) == packet.Length - MuxCodec.HeaderLength
                && decoded.GetType() == message.GetType()
                && (HasList(message) || message == decoded)
                && packet.AsSpan().SequenceEqual(MuxCodec.Encode(decoded));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Every_truncation_of_a_message_is_an_error_or_a_whole_message() =>
        Prop.ForAll(Messages.ToArbitrary(), message =>
        {
            var packet = MuxCodec.Encode(message).AsMemory(MuxCodec.HeaderLength);
            for (var length = 0; length < packet.Length; length++) DecodeWhatever(packet[..length].Span);
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_bytes_give_a_message_or_a_clean_error() =>
        Prop.ForAll<NonNull<byte[]>, uint>((bytes, pick) =>
        {
            var packet = new byte[4 + bytes.Get.Length];
            BinaryPrimitives.WriteUInt32BigEndian(packet, Types[pick % (uint)Types.Length]);
            bytes.Get.CopyTo(packet, 4);
            DecodeWhatever(packet);
            DecodeWhatever(bytes.Get);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void Damaged_messages_give_a_message_or_a_clean_error() =>
        Prop.ForAll(Messages.ToArbitrary(), ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<byte>(),
            (message, where, value) =>
            {
                var packet = MuxCodec.Encode(message).AsSpan(MuxCodec.HeaderLength).ToArray();
                packet[(int)((uint)where % (uint)packet.Length)] = value;
                DecodeWhatever(packet);
                return true;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    private static bool HasList(MuxMessage message) =>
        message is MuxHello or MuxNewSession or MuxSessionOptions or MuxSessions or MuxForwards or MuxWatched
            or IMuxSecret;

    private static void DecodeWhatever(ReadOnlySpan<byte> packet)
    {
        try
        {
            Assert.NotNull(MuxCodec.Decode(packet));
        }
        catch (SshException e) when (e.Error == SshError.MuxProtocolError)
        {
            Assert.StartsWith("malformed multiplexing message: ", e.Message, StringComparison.Ordinal);
        }
    }
}
