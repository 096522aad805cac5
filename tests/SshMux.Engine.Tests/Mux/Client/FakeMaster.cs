using System.Net.Sockets;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Client;

/// <summary>A listener on a control socket that says what a test has it say, right or wrong.</summary>
internal sealed class FakeMaster : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Socket> _accepted = [];

    public FakeMaster()
    {
        Path = _folder.File("s");
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
    }

    public string Path { get; }

    public static MuxHello Hello => new(MuxProtocol.Version, []);

    /// <summary>Accepts one client and sends it messages, whatever it says.</summary>
    public async Task<MuxSocket> SayAsync(params MuxMessage[] messages)
    {
        var socket = await _listener.AcceptAsync();
        _accepted.Add(socket);
        var client = new MuxSocket(socket);
        foreach (var message in messages) await client.SendAsync(message);
        return client;
    }

    public async Task SayBytesAsync(byte[] bytes)
    {
        using var socket = await _listener.AcceptAsync();
        await socket.SendAsync(bytes);
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var socket in _accepted) socket.Dispose();
        _folder.Dispose();
    }
}
