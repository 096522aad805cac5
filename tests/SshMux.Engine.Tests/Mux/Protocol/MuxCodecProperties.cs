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
        MuxTtyAllocationFailed.Number, MuxProxyReply.Number, MuxInfoReply.Number,
        MuxResume.Number, MuxSuspend.Number, 0xdeadbeef,
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

    private static Gen<MuxMessage> Messages =>
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
            new MuxProxyRequest(id), new MuxInfoRequest(id, text), new MuxSignal(id, text), new MuxResume(id),
            new MuxUnknownRequest(id, 0xdeadbeef),
            new MuxOk(id), new MuxPermissionDenied(id, text), new MuxFailure(id, text), new MuxAlive(id, number),
            new MuxSessionOpened(id, number), new MuxRemotePort(id, number), new MuxProxyReply(id),
            new MuxInfoReply(id, number, text), new MuxExitMessage(id, number), new MuxTtyAllocationFailed(id),
            new MuxSuspend(id))
        select message;

    [Fact]
    public void Every_message_survives_the_round_trip() =>
        Prop.ForAll(Messages.ToArbitrary(), message =>
        {
            var packet = MuxCodec.Encode(message);
            var decoded = MuxCodec.Decode(packet.AsSpan(MuxCodec.HeaderLength));
            return MuxCodec.DecodeLength(packet.AsSpan(0, 4)) == packet.Length - MuxCodec.HeaderLength
                && decoded.GetType() == message.GetType()
                && (message is MuxHello or MuxNewSession || message == decoded)
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
