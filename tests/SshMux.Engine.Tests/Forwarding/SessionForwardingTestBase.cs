using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>
/// A connection whose server says whatever the test wants, and a socket here for the agent or the X server that its
/// sessions may ask for.
/// </summary>
public abstract class SessionForwardingTestBase : IDisposable
{
    private protected const string AgentType = "auth-agent@openssh.com";

    private protected SessionForwardingTestBase()
    {
        Connection = ScriptedConnection.Connect(out var server);
        Server = server;
        Listener.Bind(new UnixDomainSocketEndPoint(Path));
        Listener.Listen();
    }

    private protected TestFolder Folder { get; } = new();

    private protected Socket Listener { get; } = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private protected ListLogger Log { get; } = new();

    private protected SshConnection Connection { get; }

    private protected ScriptedConnection Server { get; }

    /// <summary>Where the agent or the X server listens.</summary>
    private protected string Path => Folder.File("s");

    public void Dispose()
    {
        Listener.Dispose();
        Folder.Dispose();
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected X11Forward CreateX11() => new(new X11ForwardOptions { Display = Path, Trusted = true }, Log);

    /// <summary>Asks for X11; gives the cookie that the server gets.</summary>
    private protected async Task<byte[]> StartX11Async(ISessionForward x11, uint channel = 0)
    {
        Connection.X11Forward = x11;
        var request = await StartAsync(new SessionRequest { Command = "true", WantX11 = true }, "x11-req", channel);
        var reader = new SshReader(request);
        Assert.False(reader.ReadBoolean());
        Assert.Equal("MIT-MAGIC-COOKIE-1", reader.ReadText());
        var cookie = Convert.FromHexString(reader.ReadText());
        Assert.Equal(0u, reader.ReadUInt32());
        Assert.True(reader.AtEnd);
        return cookie;
    }

    /// <summary>Starts a session; gives the fields of the one request that must come before the program's.</summary>
    private protected async Task<byte[]> StartAsync(
        SessionRequest request, string? expected = null, uint channel = 0)
    {
        var opening = Connection.StartAsync(request, CancellationToken.None);
        Server.Confirm();
        var count = expected is null ? 1 : 2;
        await Eventually.TrueAsync(() => Server.Waiting == count, "the requests are sent");
        byte[] fields = [];
        if (expected is not null)
        {
            fields = ReadRequest(expected, out var wantReply);
            if (wantReply) Server.Say(MessageNumber.ChannelSuccess, channel);
        }

        ReadRequest("exec", out _);
        Server.Say(MessageNumber.ChannelSuccess, channel);
        await opening;
        return fields;
    }

    private protected byte[] ReadRequest(string type, out bool wantReply)
    {
        var reader = new SshReader(Server.Expect(MessageNumber.ChannelRequest));
        reader.ReadByte();
        reader.ReadUInt32();
        Assert.Equal(type, reader.ReadText());
        wantReply = reader.ReadBoolean();
        return reader.Rest.ToArray();
    }

    private protected void OpenFromServer(string type) => Server.Say(MessageNumber.ChannelOpen, (ref SshWriter w) =>
    {
        w.WriteString(type);
        w.WriteUInt32(5);
        w.WriteUInt32(100_000);
        w.WriteUInt32(32_000);
        if (type != "x11") return;
        w.WriteString("127.0.0.1");
        w.WriteUInt32(4711);
    });

    private protected string ExpectRefusal()
    {
        var reader = new SshReader(Server.Expect(MessageNumber.ChannelOpenFailure));
        reader.ReadByte();
        Assert.Equal(5u, reader.ReadUInt32());
        reader.ReadUInt32();
        return reader.ReadText();
    }

    private protected async Task<uint> ExpectConfirmationAsync()
    {
        await Eventually.TrueAsync(() => Server.Waiting > 0, "the channel is confirmed");
        var reader = new SshReader(Server.Expect(MessageNumber.ChannelOpenConfirmation));
        reader.ReadByte();
        Assert.Equal(5u, reader.ReadUInt32());
        return reader.ReadUInt32();
    }

    private protected static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var data = new byte[count];
        for (var at = 0; at < count;)
        {
            var received = await socket.ReceiveAsync(data.AsMemory(at)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.NotEqual(0, received);
            at += received;
        }

        return data;
    }

    /// <summary>A stand-in for xauth that notes its arguments and, when asked to list, does as it is told.</summary>
    private protected string WriteXAuth(string list)
    {
        var path = Folder.Write("xauth", $"""
            #!/bin/sh
            echo "$@" >> {Folder.File("calls")}
            {list}
            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private protected string[] XAuthCalls() => File.ReadAllLines(Folder.File("calls"));
}
