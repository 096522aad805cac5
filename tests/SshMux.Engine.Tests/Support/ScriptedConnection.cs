using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Support;

/// <summary>
/// The other end of a connection, in the hands of the test: it sees every message that the connection sends and says
/// whatever the test wants a server to say, in and out of order.
/// </summary>
internal sealed class ScriptedConnection : IMessageTransport
{
    private readonly TaskCompletionSource<SshException> _ended = new();
    private readonly Queue<byte[]> _sent = new();
    private readonly List<IDeliveryHandler> _keeping = [];
    private IMessageReceiver? _receiver;
    private byte[]? _received;

    public delegate void Fill(ref SshWriter writer);

    public Task<SshException> Ended => _ended.Task;

    public bool IsCongested { get; set; }

    /// <summary>Whether nothing is sent any more, as after a failed write; who uses the connection is told later.</summary>
    public bool IsCut { get; set; }

    public TimeSpan RoundTrip { get; set; }

    /// <summary>Messages that the connection has sent and the test has not yet taken.</summary>
    public int Waiting
    {
        get { lock (_sent) return _sent.Count; }
    }

    /// <summary>What the connection has said of its use, newest last.</summary>
    public List<(bool HasTerminals, bool IsInteractive)> Uses { get; } = [];

    /// <summary>How often the connection has asked for new keys.</summary>
    public int KeyExchanges { get; private set; }

    public void RequestKeyExchange() => KeyExchanges++;

    public void NoteUse(bool hasTerminals, bool isInteractive) => Uses.Add((hasTerminals, isInteractive));

    public static SshConnection Connect(out ScriptedConnection server)
    {
        server = new ScriptedConnection();
        var connection = new SshConnection(server);
        server.Start(connection);
        return connection;
    }

    public void Start(IMessageReceiver receiver) => _receiver = receiver;

    public bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        if (IsCut) return false;
        var writer = new SshWriter(new byte[message.MaxLength]);
        message.Write(ref writer);
        lock (_sent) _sent.Enqueue(writer.Written.ToArray());
        return !_ended.Task.IsCompleted;
    }

    public void Close(SshException reason)
    {
        if (_ended.TrySetResult(reason)) _receiver!.OnEnded(reason);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The next message that the connection sent.</summary>
    public byte[] Take()
    {
        lock (_sent) return _sent.Dequeue();
    }

    /// <summary>The next message that the connection sent; it must be of the kind expected.</summary>
    public byte[] Expect(byte number)
    {
        lock (_sent)
        {
            Assert.True(_sent.TryDequeue(out var message), $"no message was sent, {number} was expected");
            Assert.Equal(number, message[0]);
            return message;
        }
    }

    /// <summary>Delivers a message; a protocol error ends the connection, as with a real transport.</summary>
    public void Say(byte number, Fill fill)
    {
        var writer = new SshWriter(new byte[64 * 1024]);
        writer.WriteByte(number);
        fill(ref writer);
        Deliver(writer.Written);
    }

    /// <summary>Delivers a message that is encoded already; a protocol error ends the connection.</summary>
    public void Deliver(ReadOnlySpan<byte> message)
    {
        try
        {
            _receiver!.OnMessage(message);
        }
        catch (SshException e)
        {
            Close(e);
        }
    }

    public void Say(byte number, uint channel) => Say(number, (ref SshWriter w) => w.WriteUInt32(channel));

    /// <summary>Confirms the channel whose opening was sent last, with our number 7.</summary>
    public void Confirm(uint window = 1 << 20, uint maxPacket = 32768)
    {
        var open = new SshReader(Expect(MessageNumber.ChannelOpen));
        open.ReadByte();
        open.ReadString();
        var id = open.ReadUInt32();
        Say(MessageNumber.ChannelOpenConfirmation, (ref SshWriter w) =>
        {
            w.WriteUInt32(id);
            w.WriteUInt32(7);
            w.WriteUInt32(window);
            w.WriteUInt32(maxPacket);
        });
    }

    /// <summary>Has the connection open a session, and confirms it.</summary>
    public async Task<Channel> OpenSessionAsync(
        SshConnection connection, IChannelHandler handler, uint window = 1 << 20, uint maxPacket = 32768)
    {
        var opening = connection.OpenSessionAsync(handler, CancellationToken.None);
        Confirm(window, maxPacket);
        return await opening;
    }

    /// <summary>Refuses to open a channel.</summary>
    public void SayRefused(uint channel, OpenFailureReason reason, string text = "") =>
        Say(MessageNumber.ChannelOpenFailure, (ref SshWriter w) =>
        {
            w.WriteUInt32(channel);
            w.WriteUInt32((uint)reason);
            w.WriteString(text);
            w.WriteString("");
        });

    public void SayData(uint channel, byte[] data) => Say(MessageNumber.ChannelData, (ref SshWriter w) =>
    {
        w.WriteUInt32(channel);
        w.WriteString(data);
    });

    /// <summary>
    /// Says messages that arrive together, in one buffer that is overwritten when all are delivered; before that,
    /// <paramref name="beforeTheEnd"/>.
    /// </summary>
    public void SayTogether(IEnumerable<byte[]> messages, Action? beforeTheEnd = null)
    {
        var all = messages.ToArray();
        _received = GC.AllocateArray<byte>(all.Sum(message => message.Length), pinned: true);
        var start = 0;
        foreach (var message in all)
        {
            message.CopyTo(_received, start);
            Deliver(_received.AsSpan(start, message.Length));
            start += message.Length;
        }

        beforeTheEnd?.Invoke();
        foreach (var handler in _keeping) handler.OnDelivered();
        _keeping.Clear();
        _received.AsSpan().Fill(0xdd);
        _received = null;
    }

    /// <summary>SSH_MSG_CHANNEL_DATA, or SSH_MSG_CHANNEL_EXTENDED_DATA of the error stream.</summary>
    public static byte[] DataMessage(uint channel, byte[] data, bool error = false)
    {
        var writer = new SshWriter(new byte[data.Length + 13]);
        writer.WriteByte(error ? MessageNumber.ChannelExtendedData : MessageNumber.ChannelData);
        writer.WriteUInt32(channel);
        if (error) writer.WriteUInt32(1);
        writer.WriteString(data);
        return writer.Written.ToArray();
    }

    bool IMessageTransport.TryKeep(ReadOnlySpan<byte> data, IDeliveryHandler handler)
    {
        if (!data.Overlaps(_received)) return false;
        if (!_keeping.Contains(handler)) _keeping.Add(handler);
        return true;
    }

    public void SayExitStatus(uint channel, uint status) => Say(MessageNumber.ChannelRequest, (ref SshWriter w) =>
    {
        w.WriteUInt32(channel);
        w.WriteString("exit-status");
        w.WriteBoolean(false);
        w.WriteUInt32(status);
    });

    public void OnWritable() => _receiver!.OnWritable();
}
