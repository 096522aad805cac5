using SshMux.Engine.Channels;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// The other end of a connection that opens every channel with the number that it has there, takes everything and gives
/// the window back for it, and says what it is told to. It allocates nothing for a message, so that what a connection
/// allocates is seen.
/// </summary>
internal sealed class EndlessServer : IMessageTransport
{
    private const int Window = 2 * 1024 * 1024;

    private readonly TaskCompletionSource<SshException> _ended = new();
    private readonly byte[] _sent = new byte[256 * 1024];
    private readonly long[] _received = new long[16];
    private IMessageReceiver? _receiver;

    public EndlessServer()
    {
        Connection = new SshConnection(this);
        Start(Connection);
    }

    public SshConnection Connection { get; }

    /// <summary>How many bytes of data were taken, by channel.</summary>
    public IReadOnlyList<long> Received => _received;

    /// <summary>How many bytes of window the connection gave back.</summary>
    public long Adjusted { get; private set; }

    public Task<SshException> Ended => _ended.Task;

    /// <summary>How many bytes of data it takes before it is congested.</summary>
    public long Room { get; private set; } = long.MaxValue;

    public bool IsCongested => Room <= 0;

    /// <summary>A message with so much data for channel 0.</summary>
    public static byte[] DataMessage(int length)
    {
        var message = new byte[9 + length];
        var writer = new SshWriter(message);
        writer.WriteByte(MessageNumber.ChannelData);
        writer.WriteUInt32(0);
        writer.WriteUInt32((uint)length);
        return message;
    }

    public void Start(IMessageReceiver receiver) => _receiver = receiver;

    public void Say(ReadOnlySpan<byte> message) => _receiver!.OnMessage(message);

    /// <summary>Takes so many bytes of data from now on; those that wait may send.</summary>
    public void MakeRoom(long bytes)
    {
        Room = bytes;
        if (!IsCongested) _receiver!.OnWritable();
    }

    public bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        var writer = new SshWriter(_sent);
        message.Write(ref writer);
        var reader = new SshReader(writer.Written);
        switch (reader.ReadByte())
        {
            case MessageNumber.ChannelOpen:
                reader.ReadString();
                var sender = reader.ReadUInt32();
                Answer(MessageNumber.ChannelOpenConfirmation, sender, sender, Window, 128 * 1024);
                break;
            case MessageNumber.ChannelData:
                var channel = reader.ReadUInt32();
                TakeData(channel, reader.ReadString().Length);
                break;
            case MessageNumber.ChannelWindowAdjust:
                reader.ReadUInt32();
                Adjusted += reader.ReadUInt32();
                break;
            case MessageNumber.ChannelRequest:
                var recipient = reader.ReadUInt32();
                reader.ReadString();
                if (reader.ReadBoolean()) Answer(MessageNumber.ChannelSuccess, recipient);
                break;
        }

        return true;
    }

    public void Close(SshException reason)
    {
        if (_ended.TrySetResult(reason)) _receiver!.OnEnded(reason);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void TakeData(uint channel, int length)
    {
        Room -= length;
        _received[channel] += length;

        // Once for every half of a window.
        var halves = _received[channel] / (Window / 2) - (_received[channel] - length) / (Window / 2);
        if (halves != 0) Answer(MessageNumber.ChannelWindowAdjust, channel, (uint)halves * (Window / 2));
    }

    private void Answer(byte number, params ReadOnlySpan<uint> fields)
    {
        Span<byte> message = stackalloc byte[1 + (4 * fields.Length)];
        var writer = new SshWriter(message);
        writer.WriteByte(number);
        foreach (var field in fields) writer.WriteUInt32(field);
        Say(message);
    }
}
