using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Channels.Sessions;
using SshMux.Engine.Configuration;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Channels.Sessions;

/// <summary>A pool of sessions on a connection whose server, and whose clock, are in the hands of the test.</summary>
internal sealed class ScriptedPool : IAsyncDisposable
{
    private readonly SessionPool _pool;

    public ScriptedPool(SessionOverflow? overflow = null, Func<CancellationToken, Task<SshConnection>>? logIn = null)
    {
        Connection = NewConnection(out var server);
        Server = server;
        overflow ??= new SessionOverflow(SessionOverflowMode.Queue, TimeSpan.FromSeconds(10), 0);
        _pool = new SessionPool(Connection, overflow, logIn, Time, Logger);
    }

    public SessionPool Pool => _pool;

    public ManualTime Time { get; } = new();

    public ListLogger Logger { get; } = new();

    public SshConnection Connection { get; }

    public ScriptedConnection Server { get; }

    public SshConnection NewConnection(out ScriptedConnection server)
    {
        server = new ScriptedConnection();
        var connection = new SshConnection(server, Logger, Time);
        server.Start(connection);
        return connection;
    }

    /// <summary>A client asks for a session.</summary>
    public Task<Channel> Ask(int client = 1, CancellationToken cancellationToken = default) =>
        _pool.For(client).OpenSessionAsync(new RecordingHandler(), cancellationToken);

    /// <summary>A session is asked for, and the server grants it.</summary>
    public async Task<Channel> OpenAsync(int client = 1)
    {
        var asked = Ask(client);
        Server.Confirm();
        return await asked;
    }

    /// <summary>The server refuses the next session that it was asked for.</summary>
    public static void Refuse(ScriptedConnection server, OpenFailureReason reason = OpenFailureReason.ConnectFailed)
    {
        var open = new SshReader(server.Expect(MessageNumber.ChannelOpen));
        open.ReadByte();
        open.ReadString();
        server.SayRefused(open.ReadUInt32(), reason, "open failed");
    }

    public void Refuse(OpenFailureReason reason = OpenFailureReason.ConnectFailed) => Refuse(Server, reason);

    /// <summary>A session ends; what is asked for then comes later, so that it is no wonder if it is refused.</summary>
    public static void End(ScriptedConnection server, Channel channel)
    {
        server.Say(MessageNumber.ChannelClose, channel.LocalId);
        server.Expect(MessageNumber.ChannelClose);
    }

    public void End(Channel channel) => End(Server, channel);

    /// <summary>Time passes; nothing counts as just ended any more.</summary>
    public void Wait(int seconds)
    {
        for (var i = 0; i < seconds; i++) Time.Advance(TimeSpan.FromSeconds(1));
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();
}
