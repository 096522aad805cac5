using System.Threading.Channels;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>
/// A transport whose other end is a script: for every message sent it gives the server's answers. They are delivered
/// from another thread, one after the other, as a real transport does.
/// </summary>
internal sealed class FakeAuthServer : IMessageTransport
{
    private readonly TaskCompletionSource<SshException> _ended = new();
    private readonly Channel<byte[]> _toClient = Channel.CreateUnbounded<byte[]>();
    private readonly Func<byte[], IEnumerable<byte[]>> _script;
    private IMessageReceiver? _receiver;

    public FakeAuthServer(Func<byte[], IEnumerable<byte[]>> script) => _script = script;

    public delegate void Fill(ref SshWriter writer);

    /// <summary>All that the client sent.</summary>
    public List<byte[]> Sent { get; } = [];

    public Task<SshException> Ended => _ended.Task;

    public bool IsCongested => false;

    /// <summary>Accepts the service, lists the methods after "none", and leaves the rest to the handler.</summary>
    public static FakeAuthServer WithMethods(string methods, Func<LoginRequest, IEnumerable<byte[]>> handler) =>
        new(message => message[0] switch
        {
            MessageNumber.ServiceRequest => [ServiceAccept],
            MessageNumber.UserAuthRequest when LoginRequest.Parse(message) is { Method: "none" } =>
                [Failure(methods)],
            MessageNumber.UserAuthRequest => handler(LoginRequest.Parse(message)),
            _ => handler(new LoginRequest("", $"message {message[0]}", message[1..])),
        });

    public static byte[] ServiceAccept { get; } =
        Message(MessageNumber.ServiceAccept, (ref SshWriter w) => w.WriteString("ssh-userauth"));

    public static byte[] Success { get; } = [MessageNumber.UserAuthSuccess];

    public static byte[] Failure(string methods, bool partial = false) =>
        Message(MessageNumber.UserAuthFailure, (ref SshWriter w) =>
        {
            w.WriteString(methods);
            w.WriteBoolean(partial);
        });

    public static byte[] Banner(string text) => Message(MessageNumber.UserAuthBanner, (ref SshWriter w) =>
    {
        w.WriteString(text);
        w.WriteString("");
    });

    public static byte[] Questions(string name, string instruction, params (string Text, bool Echo)[] prompts) =>
        Message(MessageNumber.UserAuthInfoRequest, (ref SshWriter w) =>
        {
            w.WriteString(name);
            w.WriteString(instruction);
            w.WriteString("");
            w.WriteUInt32((uint)prompts.Length);
            foreach (var (text, echo) in prompts)
            {
                w.WriteString(text);
                w.WriteBoolean(echo);
            }
        });

    public static byte[] Message(byte number, Fill fill)
    {
        var writer = new SshWriter(new byte[64 * 1024]);
        writer.WriteByte(number);
        fill(ref writer);
        return writer.Written.ToArray();
    }

    public void Start(IMessageReceiver receiver)
    {
        var isFirst = _receiver is null;
        _receiver = receiver;
        if (isFirst) _ = Task.Run(DeliverAsync);
    }

    public bool Send<TMessage>(in TMessage message)
        where TMessage : IOutgoingMessage, allows ref struct
    {
        var writer = new SshWriter(new byte[message.MaxLength]);
        message.Write(ref writer);
        var bytes = writer.Written.ToArray();
        lock (Sent) Sent.Add(bytes);
        foreach (var answer in _script(bytes)) Deliver(answer);
        return !_ended.Task.IsCompleted;
    }

    public void Deliver(byte[] message) => _toClient.Writer.TryWrite(message);

    public void Close(SshException reason)
    {
        if (_ended.TrySetResult(reason)) _receiver?.OnEnded(reason);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task DeliverAsync()
    {
        await foreach (var message in _toClient.Reader.ReadAllAsync())
        {
            if (_ended.Task.IsCompleted) return;
            try
            {
                if (message[0] == MessageNumber.Disconnect)
                {
                    throw new SshException(SshError.Disconnected, "the server ended the connection: no more");
                }

                _receiver!.OnMessage(message);
            }
            catch (SshException e)
            {
                Close(e);
            }
        }
    }

    /// <summary>An SSH_MSG_USERAUTH_REQUEST: who, by what method, and the method's own part.</summary>
    internal sealed record LoginRequest(string User, string Method, byte[] Rest)
    {
        public static LoginRequest Parse(byte[] message)
        {
            var reader = new SshReader(message);
            reader.ReadByte();
            var user = reader.ReadUtf8String();
            Assert.Equal("ssh-connection", reader.ReadUtf8String());
            return new LoginRequest(user, reader.ReadUtf8String(), reader.Rest.ToArray());
        }
    }
}
