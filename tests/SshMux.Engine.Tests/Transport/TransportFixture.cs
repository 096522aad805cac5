using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Transport;

/// <summary>What the transport tests share: connecting, and a receiver that records.</summary>
internal static class TransportFixture
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static SshTransportOptions AcceptAnyHostKey { get; } = new()
    {
        VerifyHostKey = (_, _) => default,

        // So that a server without certificates can guess right.
        HostKeyAlgorithms = SshAlgorithms.Signature,
    };

    public static async Task<Stream> OpenAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public static async Task<SshTransport> ConnectAsync(TestSshd sshd, SshTransportOptions? options = null)
    {
        using var timeout = new CancellationTokenSource(Patience);
        return await SshTransport.ConnectAsync(
            await OpenAsync(sshd.Port), options ?? AcceptAnyHostKey, timeout.Token);
    }

    /// <summary>Asks for ssh-userauth and waits for the acceptance: both directions' keys work.</summary>
    public static async Task RequestServiceAsync(SshTransport transport, RecordingReceiver receiver)
    {
        Assert.True(transport.Send(new TextMessage(MessageNumber.ServiceRequest, "ssh-userauth")));
        var answer = await receiver.NextAsync();
        Assert.Equal(MessageNumber.ServiceAccept, answer[0]);
    }

    public static byte[] Encode<TMessage>(TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        var writer = new SshWriter(new byte[message.MaxLength]);
        message.Write(ref writer);
        return writer.Written.ToArray();
    }
}

/// <summary>A message number and one string.</summary>
internal readonly struct TextMessage(byte number, string text) : IOutgoingMessage
{
    public int MaxLength => 1 + SshWriter.StringLength(text);

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(number);
        writer.WriteString(text);
    }
}

/// <summary>SSH_MSG_IGNORE, or another number, with many bytes.</summary>
internal readonly struct BulkMessage(byte number, byte[] data) : IOutgoingMessage
{
    public int MaxLength => 5 + data.Length;

    public void Write(ref SshWriter writer)
    {
        writer.WriteByte(number);
        writer.WriteString(data);
    }
}

/// <summary>Keeps what the transport delivers.</summary>
internal sealed class RecordingReceiver : IMessageReceiver
{
    private readonly Channel<byte[]> _messages = Channel.CreateUnbounded<byte[]>();
    private readonly TaskCompletionSource<SshException> _ended = new();
    private int _endings;

    /// <summary>Called with every message before it is recorded.</summary>
    public Action<byte[]>? Handler { get; init; }

    public SemaphoreSlim Writable { get; } = new(0);

    public int Endings => _endings;

    public Task<SshException> Ended => _ended.Task;

    public Task<SshException> EndAsync() => _ended.Task.WaitAsync(TransportFixture.Patience);

    public void OnMessage(ReadOnlySpan<byte> message)
    {
        Handler?.Invoke(message.ToArray());
        Assert.True(_messages.Writer.TryWrite(message.ToArray()));
    }

    public void OnWritable() => Writable.Release();

    public void OnEnded(SshException reason)
    {
        Interlocked.Increment(ref _endings);
        _messages.Writer.Complete();
        _ended.TrySetResult(reason);
    }

    public Task<byte[]> NextAsync() => _messages.Reader.ReadAsync().AsTask().WaitAsync(TransportFixture.Patience);
}
