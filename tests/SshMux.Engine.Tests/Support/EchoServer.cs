using System.Threading.Channels;
using SshMux.Engine.Channels;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// A server in memory that sends back on each channel what it gets, within the windows of both sides, and closes the channel
/// after the EOF. Congested when much waits, as a real transport is.
/// </summary>
internal sealed class EchoServer : IMessageTransport
{
    private const uint Window = 256 * 1024;
    private const int CongestedAt = 64;

    private readonly Channel<byte[]> _messages = System.Threading.Channels.Channel.CreateUnbounded<byte[]>();
    private readonly TaskCompletionSource<SshException> _ended = new();
    private readonly Dictionary<uint, Peer> _peers = [];
    private IMessageReceiver? _receiver;
    private int _waiting;

    public Task<SshException> Ended => _ended.Task;

    public bool IsCongested => Volatile.Read(ref _waiting) > CongestedAt;

    public static SshConnection Connect()
    {
        var server = new EchoServer();
        var connection = new SshConnection(server);
        server.Start(connection);
        _ = Task.Run(server.RunAsync);
        return connection;
    }

    public void Start(IMessageReceiver receiver) => _receiver = receiver;

    public bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        var writer = new SshWriter(new byte[message.MaxLength]);
        message.Write(ref writer);
        Interlocked.Increment(ref _waiting);
        return _messages.Writer.TryWrite(writer.Written.ToArray());
    }

    public void Close(SshException reason)
    {
        if (!_ended.TrySetResult(reason)) return;
        _messages.Writer.Complete();
        _receiver!.OnEnded(reason);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task RunAsync()
    {
        try
        {
            await foreach (var message in _messages.Reader.ReadAllAsync())
            {
                Handle(message);
                if (Interlocked.Decrement(ref _waiting) == CongestedAt) _receiver!.OnWritable();
            }
        }
        catch (Exception e)
        {
            Close(new SshException(SshError.ProtocolError, e.ToString()));
        }
    }

    private void Handle(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        var number = reader.ReadByte();
        if (number == MessageNumber.ChannelOpen)
        {
            reader.ReadString();
            var id = reader.ReadUInt32();
            _peers[id] = new Peer { SendWindow = reader.ReadUInt32() };
            Say(MessageNumber.ChannelOpenConfirmation, [id, id, Window, 32768], []);
            return;
        }

        var channel = reader.ReadUInt32();
        var peer = _peers[channel];
        switch (number)
        {
            case MessageNumber.ChannelData:
                var data = reader.ReadString();
                peer.ReceiveWindow -= data.Length;
                if (peer.ReceiveWindow < 0) throw new InvalidOperationException("more data than the window allows");
                peer.Data.Enqueue(data.ToArray());
                break;
            case MessageNumber.ChannelWindowAdjust:
                peer.SendWindow += reader.ReadUInt32();
                break;
            case MessageNumber.ChannelEof:
                peer.AtEnd = true;
                break;
            case MessageNumber.ChannelClose:
                if (!peer.Closed) Say(MessageNumber.ChannelClose, [channel], []);
                _peers.Remove(channel);
                return;
        }

        while (peer.Data.TryPeek(out var next) && next.Length <= peer.SendWindow)
        {
            peer.Data.Dequeue();
            peer.SendWindow -= (uint)next.Length;
            Say(MessageNumber.ChannelData, [channel, (uint)next.Length], next);
            peer.ReceiveWindow += next.Length;
            Say(MessageNumber.ChannelWindowAdjust, [channel, (uint)next.Length], []);
        }

        if (!peer.AtEnd || peer.Data.Count != 0 || peer.Closed) return;
        peer.Closed = true;
        Say(MessageNumber.ChannelEof, [channel], []);
        Say(MessageNumber.ChannelClose, [channel], []);
    }

    private void Say(byte number, ReadOnlySpan<uint> numbers, ReadOnlySpan<byte> rest)
    {
        var writer = new SshWriter(new byte[1 + 4 * numbers.Length + rest.Length]);
        writer.WriteByte(number);
        foreach (var value in numbers) writer.WriteUInt32(value);
        writer.WriteBytes(rest);
        _receiver!.OnMessage(writer.Written);
    }

    private sealed class Peer
    {
        public Queue<byte[]> Data { get; } = new();

        public uint SendWindow { get; set; }

        public long ReceiveWindow { get; set; } = Window;

        public bool AtEnd { get; set; }

        public bool Closed { get; set; }
    }
}
