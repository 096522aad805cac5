using System.Net.Sockets;
using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Transport;

/// <content>
/// A whole session, from the version to CLOSE, as a well-behaved server has it. A test does the steps up to where the
/// server is to misbehave, and then, if the client should bear it, the rest.
/// </content>
internal sealed partial class ScriptedServer
{
    /// <summary>What the program prints that the client starts.</summary>
    public const string Output = "hello from the server\n";

    /// <summary>How the program ends.</summary>
    public const uint ExitStatus = 7;

    /// <summary>Our number of the session's channel.</summary>
    public const uint OurChannel = 42;

    /// <summary>How many steps there are; see <see cref="Step"/>.</summary>
    public const int StepCount = (int)Step.Close + 1;

    /// <summary>What is next.</summary>
    public Step Next { get; private set; }

    /// <summary>The client's number of the session's channel.</summary>
    public uint ClientChannel { get; private set; }

    /// <summary>The window that the client gave the session's channel.</summary>
    public uint ClientWindow { get; private set; }

    /// <summary>The session identifier, once there is one.</summary>
    public byte[] SessionId => _sessionId!;

    /// <summary>The server's part of a connection that came to a port.</summary>
    public static ScriptedServer On(NetworkStream stream) => new(stream, null!);

    /// <summary>The host key's signature of anything, as on the wire.</summary>
    public byte[] SignWithHostKey(byte[] data)
    {
        var signature = new byte[64];
        CryptographyProvider.Current.Ed25519.Sign(_hostSeed, data, signature);
        return Build((ref w) => { w.WriteString("ssh-ed25519"); w.WriteString(signature); });
    }

    /// <summary>Goes on to before a step, or to the end.</summary>
    public async Task ServeAsync(Step until = (Step)StepCount)
    {
        while (Next < until)
        {
            await DoAsync(Next);
            Next++;
        }
    }

    /// <summary>Does not do the next step.</summary>
    public void Skip() => Next++;

    /// <summary>Reads what the client sends until it ends the connection; gives the messages.</summary>
    public async Task<List<byte[]>> ReadToEndAsync()
    {
        List<byte[]> messages = [];
        try
        {
            while (true) messages.Add(await ReadAsync());
        }
        catch (Exception e) when (e is IOException or SshException)
        {
            return messages; // the end, or keys that a broken exchange has left out of step
        }
    }

    /// <summary>Reads and forgets what the client sends, until the end.</summary>
    public async Task DrainAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await _stream.ReadAsync(buffer) != 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client, or the test, has ended it.
        }
    }

    /// <summary>
    /// The next message, which must be of the kind expected; what the client says about an earlier one of ours is
    /// passed over. Throws <see cref="EndOfStreamException"/> when the client ends the connection or the channel.
    /// </summary>
    public async Task<byte[]> ExpectAsync(byte number)
    {
        byte[] message;
        do
        {
            message = await ReadAsync();
            if (message[0] is MessageNumber.Disconnect or MessageNumber.ChannelClose && message[0] != number)
            {
                throw new EndOfStreamException("the client has ended it");
            }
        }
        while (message[0] is MessageNumber.Unimplemented or MessageNumber.Pong && message[0] != number);
        Assert.Equal(number, message[0]);
        return message;
    }

    /// <summary>Accepts the service ssh-userauth.</summary>
    public async Task AcceptServiceAsync()
    {
        await ExpectAsync(MessageNumber.ServiceRequest);
        await SendAsync(FakeAuthServer.ServiceAccept);
    }

    /// <summary>The next SSH_MSG_USERAUTH_REQUEST. The answers are made by <see cref="FakeAuthServer"/>.</summary>
    public async Task<FakeAuthServer.LoginRequest> ReadLoginAsync() =>
        FakeAuthServer.LoginRequest.Parse(await ExpectAsync(MessageNumber.UserAuthRequest));

    /// <summary>Confirms the channel that the client opens next.</summary>
    public async Task ConfirmChannelAsync(uint window = 1 << 20, uint maxPacket = 32768, uint number = OurChannel)
    {
        ReadOpen(await ExpectAsync(MessageNumber.ChannelOpen));
        await SendChannelAsync(MessageNumber.ChannelOpenConfirmation, (ref w) =>
        {
            w.WriteUInt32(number);
            w.WriteUInt32(window);
            w.WriteUInt32(maxPacket);
        });
    }

    /// <summary>Agrees to the client's next channel request, and gives its type.</summary>
    public async Task<string> AgreeAsync()
    {
        var message = await ExpectAsync(MessageNumber.ChannelRequest);
        var (type, wantReply) = Read(message);
        if (wantReply) await SendChannelAsync(MessageNumber.ChannelSuccess);
        return type;

        static (string Type, bool WantReply) Read(byte[] message)
        {
            var reader = new SshReader(message.AsSpan(5));
            return (reader.ReadUtf8String(), reader.ReadBoolean());
        }
    }

    /// <summary>Sends a message for the session's channel.</summary>
    public Task SendChannelAsync(byte number, Fill? fill = null, int room = 4096) => SendAsync(Build(
        (ref w) =>
        {
            w.WriteByte(number);
            w.WriteUInt32(ClientChannel);
            fill?.Invoke(ref w);
        },
        room));

    public Task SendDataAsync(byte[] data) => SendChannelAsync(
        MessageNumber.ChannelData, (ref w) => w.WriteString(data), data.Length + 16);

    /// <summary>Sends a request of the server; <paramref name="fill"/> writes the fields of its type.</summary>
    public Task SendChannelRequestAsync(string type, bool wantReply, Fill? fill = null, int room = 4096) =>
        SendChannelAsync(
            MessageNumber.ChannelRequest,
            (ref w) =>
            {
                w.WriteString(type);
                w.WriteBoolean(wantReply);
                fill?.Invoke(ref w);
            },
            room);

    /// <summary>
    /// The first packet after SSH_MSG_NEWKEYS, sealed by hand: <paramref name="packet"/> begins with the length field,
    /// which may say anything. It must be long enough for the cipher.
    /// </summary>
    public byte[] SealFirstPacket(byte[] packet)
    {
        using var cipher = MakeCipher('D', 'B', 'F');
        byte[] withTag = [.. packet, .. new byte[cipher.TagLength]];
        cipher.Seal(Strict ? 0 : _encoder.SequenceNumber, withTag);
        return withTag;
    }

    private Task DoAsync(Step step) => step switch
    {
        Step.SendVersion => WriteAsync(Version + "\r\n"),
        Step.ReadVersion => ReadVersionAsync(),
        Step.SendKexInit => SendKexInitAsync(),
        Step.ReadKexInit => ReadKexInitAsync(),
        Step.Reply => AnswerKeyExchangeAsync(),
        Step.SendNewKeys => SendNewKeysAsync(),
        Step.ReadNewKeys => ReadNewKeysAsync(),
        Step.Service => AcceptServiceAsync(),
        Step.Login => LogInAsync(),
        Step.Open => ConfirmChannelAsync(),
        Step.Program => AgreeAsync(),
        Step.Data => SendDataAsync(System.Text.Encoding.ASCII.GetBytes(Output)),
        Step.Exit => SendChannelRequestAsync("exit-status", false, (ref w) => w.WriteUInt32(ExitStatus)),
        Step.Eof => SendChannelAsync(MessageNumber.ChannelEof),
        Step.Close => SendChannelAsync(MessageNumber.ChannelClose),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private async Task LogInAsync()
    {
        await ReadLoginAsync();
        await SendAsync(FakeAuthServer.Success);
    }

    private void ReadOpen(byte[] open)
    {
        var reader = new SshReader(open.AsSpan(1));
        reader.ReadString();
        (ClientChannel, ClientWindow) = (reader.ReadUInt32(), reader.ReadUInt32());
    }
}
