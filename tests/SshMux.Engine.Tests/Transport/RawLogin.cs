using SshMux.Engine.Cryptography.Chosen;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

/// <summary>
/// Logs in over a bare transport with the test server's user key, and moves data through one session channel: just
/// enough to test the transport by itself, without the layers above.
/// </summary>
internal sealed class RawLogin : IMessageReceiver, IDisposable
{
    private const uint Window = 1 << 30;
    private readonly SshTransport _transport;
    private readonly TaskCompletionSource _loggedIn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _mayGoOn = new(0);
    private readonly byte[] _signedRequest;
    private uint _remoteId;
    private long _remoteWindow;

    private RawLogin(SshTransport transport, byte[] signedRequest)
    {
        _transport = transport;
        _signedRequest = signedRequest;
    }

    /// <summary>Called with the data of the channel.</summary>
    public Action<ReadOnlySpan<byte>>? OnData { get; set; }

    public Task Closed => _closed.Task.WaitAsync(3 * Patience);

    public static async Task<RawLogin> LoginAsync(SshTransport transport, TestSshd sshd)
    {
        var request = SignedRequest(transport.SessionId, sshd.UserName, await File.ReadAllLinesAsync(sshd.UserKey));
        var login = new RawLogin(transport, request);
        transport.Start(login);
        transport.Send(new TextMessage(MessageNumber.ServiceRequest, "ssh-userauth"));
        await login._loggedIn.Task.WaitAsync(Patience);
        return login;
    }

    public async Task ExecAsync(string command)
    {
        SendMessage((ref w) =>
        {
            w.WriteByte(MessageNumber.ChannelOpen);
            w.WriteString("session");
            w.WriteUInt32(0);
            w.WriteUInt32(Window);
            w.WriteUInt32(32768);
        });
        await _opened.Task.WaitAsync(Patience);
        SendMessage((ref w) =>
        {
            w.WriteByte(MessageNumber.ChannelRequest);
            w.WriteUInt32(_remoteId);
            w.WriteString("exec");
            w.WriteBoolean(false);
            w.WriteString(command);
        });
    }

    public async Task SendAsync(ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            while (_transport.IsCongested || Interlocked.Read(ref _remoteWindow) == 0)
            {
                Assert.True(await _mayGoOn.WaitAsync(Patience), "the transport stays congested or the window closed");
            }

            var part = data[..(int)Math.Min(Math.Min(data.Length, 32000), Interlocked.Read(ref _remoteWindow))];
            Interlocked.Add(ref _remoteWindow, -part.Length);
            SendMessage((ref w) =>
            {
                w.WriteByte(MessageNumber.ChannelData);
                w.WriteUInt32(_remoteId);
                w.WriteString(part.Span);
            });
            data = data[part.Length..];
        }
    }

    public void SendEof() => SendMessage((ref w) =>
    {
        w.WriteByte(MessageNumber.ChannelEof);
        w.WriteUInt32(_remoteId);
    });

    public void OnMessage(ReadOnlySpan<byte> message)
    {
        var reader = new SshReader(message);
        switch (reader.ReadByte())
        {
            case MessageNumber.ServiceAccept:
                _transport.Send(new EncodedMessage(_signedRequest));
                break;
            case MessageNumber.UserAuthSuccess:
                _loggedIn.SetResult();
                break;
            case MessageNumber.UserAuthFailure:
                _loggedIn.SetException(new InvalidOperationException("login failed"));
                break;
            case MessageNumber.ChannelOpenConfirmation:
                reader.ReadUInt32();
                _remoteId = reader.ReadUInt32();
                _remoteWindow = reader.ReadUInt32();
                _opened.SetResult();
                break;
            case MessageNumber.ChannelWindowAdjust:
                reader.ReadUInt32();
                Interlocked.Add(ref _remoteWindow, reader.ReadUInt32());
                _mayGoOn.Release();
                break;
            case MessageNumber.ChannelData:
                reader.ReadUInt32();
                OnData?.Invoke(reader.ReadString());
                break;
            case MessageNumber.ChannelClose:
                _closed.SetResult();
                break;
        }
    }

    public void OnWritable() => _mayGoOn.Release();

    public void OnEnded(SshException reason)
    {
        _loggedIn.TrySetException(reason);
        _opened.TrySetException(reason);
        _closed.TrySetException(reason);
    }

    public void Dispose() => _mayGoOn.Dispose();

    private delegate void Fill(ref SshWriter writer);

    private void SendMessage(Fill fill)
    {
        var writer = new SshWriter(new byte[33000]);
        fill(ref writer);
        Assert.True(_transport.Send(new EncodedMessage(writer.Written)));
    }

    private static byte[] SignedRequest(ReadOnlyMemory<byte> sessionId, string user, string[] keyFile)
    {
        var reader = new SshReader(Convert.FromBase64String(string.Concat(keyFile[1..^1])));
        reader.ReadBytes("openssh-key-v1\0".Length);
        for (var i = 0; i < 3; i++) reader.ReadString(); // cipher, kdf, options: none
        reader.ReadUInt32();
        var publicKey = reader.ReadString();
        var secret = new SshReader(reader.ReadString());
        secret.ReadUInt64();
        secret.ReadString();
        secret.ReadString();
        var seed = secret.ReadString()[..32];

        var writer = new SshWriter(new byte[1000]);
        writer.WriteString(sessionId.Span);
        var start = writer.Length;
        writer.WriteByte(MessageNumber.UserAuthRequest);
        writer.WriteString(user);
        writer.WriteString("ssh-connection");
        writer.WriteString("publickey");
        writer.WriteBoolean(true);
        writer.WriteString("ssh-ed25519");
        writer.WriteString(publicKey);
        var signature = new byte[64];
        CryptographyProvider.Current.Ed25519.Sign(seed, writer.Written, signature);
        writer.WriteUInt32((uint)(SshWriter.StringLength("ssh-ed25519") + 4 + signature.Length));
        writer.WriteString("ssh-ed25519");
        writer.WriteString(signature);
        return writer.Written[start..].ToArray();
    }
}
