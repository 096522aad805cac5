using System.Net.Sockets;
using System.Text;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Protocol.Messages;
using SshMux.Engine.Platform;
using SshMux.Engine.Platform.Descriptors;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Mux.Master;

/// <summary>A client of a master that says exactly what a test has it say.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket;

    private RawClient(Socket socket)
    {
        _socket = socket;
        Messages = new MuxSocket(socket);
    }

    public MuxSocket Messages { get; }

    public Socket Socket => _socket;

    /// <summary>Connects, and takes the master's hello but says none.</summary>
    public static async Task<RawClient> ConnectAsync(string path)
    {
        var client = new RawClient(await ControlSocket.ConnectAsync(path, default));
        Assert.IsType<MuxHello>(await client.ReceiveAsync());
        return client;
    }

    /// <summary>Connects and exchanges hellos.</summary>
    public static async Task<RawClient> GreetAsync(string path)
    {
        var client = await ConnectAsync(path);
        await client.Messages.SendAsync(new MuxHello(MuxProtocol.Version, []));
        return client;
    }

    public static MuxNewSession Session(uint id, string command = "", bool tty = false) => new(
        id, tty, false, false, false, MuxNewSession.NoEscapeCharacter, "xterm", Encoding.UTF8.GetBytes(command), []);

    public Task SendBytesAsync(byte[] bytes) => _socket.SendAsync(bytes);

    public async Task<MuxMessage?> ReceiveAsync() =>
        await Messages.ReceiveAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>Demands that the master closes the connection without another word.</summary>
    public async Task ExpectEndAsync() => Assert.Null(await ReceiveAsync());

    /// <summary>Opens a session whose three descriptors are ours to watch; gives the session's id.</summary>
    public async Task<uint> OpenSessionAsync(
        DescriptorHandle input, DescriptorHandle output, DescriptorHandle error, string command = "")
    {
        await Messages.SendAsync(Session(1, command), input, output, error);
        return Assert.IsType<MuxSessionOpened>(await ReceiveAsync()).SessionId;
    }

    public void Dispose() => Messages.Dispose();

    /// <summary>
    /// A pipe to watch: as long as a copy of an end is open anywhere in this process, it can be counted.
    /// </summary>
    internal sealed class WatchedPipe : IDisposable
    {
        public WatchedPipe() => (Read, Write) = DescriptorPair.CreatePipe();

        public DescriptorHandle Read { get; }

        public DescriptorHandle Write { get; }

        /// <summary>How many descriptors of this process refer to the pipe, the two of the test among them.</summary>
        public int Count => Descriptors.CountOf(Descriptors.TargetOf(Read));

        public void Dispose()
        {
            Read.Dispose();
            Write.Dispose();
        }
    }
}
