using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Channels.Messages;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Mux.Protocol;
using SshMux.Engine.Mux.Proxy;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Mux.Proxy;

/// <summary>What clients in proxy mode get from our master beside sessions.</summary>
public sealed class MuxProxyClientTests(MuxSshd server) : IClassFixture<MuxSshd>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_remote_forward_of_a_unix_socket_comes_to_the_one_who_asked_and_ends_when_cancelled()
    {
        using var folder = new TestFolder();
        await using var master = await OurMaster.StartAsync(server.Sshd);
        await using var other = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        var path = PathOf(folder.File("cancelled"));
        Assert.True(await connection.RequestAsync("streamlocal-forward@openssh.com", path));
        connection.AcceptChannels(
            "forwarded-streamlocal@openssh.com",
            incoming => incoming.Refuse(OpenFailureReason.AdministrativelyProhibited, "not today"));
        using (var refused = await ConnectAsync(folder.File("cancelled")))
        {
            Assert.Equal(0, await refused.ReceiveAsync(new byte[1], Stop));
        }

        Assert.False(await other.RequestAsync("cancel-streamlocal-forward@openssh.com", path));
        Assert.True(await connection.RequestAsync("cancel-streamlocal-forward@openssh.com", path));
        Assert.False(await connection.RequestAsync("cancel-streamlocal-forward@openssh.com", path));
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(folder.File("cancelled")));

        Assert.True(await connection.RequestAsync(
            "streamlocal-forward@openssh.com", PathOf(folder.File("abandoned"))));
        await connection.DisposeAsync();
        await Eventually.TrueAsync(
            () => !File.Exists(folder.File("abandoned")) || !Listens(folder.File("abandoned")),
            "the forward ends with its connection");
    }

    [Fact]
    public async Task A_connection_to_a_remote_forward_that_nobody_takes_is_closed()
    {
        await using var master = await OurMaster.StartAsync(server.Sshd);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(master.Path);
        var port = 0;
        Assert.True(await connection.RequestAsync(
            "tcpip-forward",
            ScriptedFields((ref writer) =>
            {
                writer.WriteString("127.0.0.1");
                writer.WriteUInt32(0);
            }),
            (_, data) => port = (data[2] << 8) | data[3]));
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port, Stop);
        Assert.Equal(0, await tcp.GetStream().ReadAsync(new byte[1], Stop));
    }

    [Fact]
    public async Task A_session_asks_in_vain_for_an_agent_that_the_master_does_not_forward()
    {
        using var folder = new TestFolder();
        await using var master = await OurMaster.StartAsync(server.Sshd);
        var config = folder.Write("config", "ForwardAgent yes\nForwardX11 yes\n");
        var configuration = await HostConfiguration.LoadAsync(new HostQuery { Host = "x", ConfigFile = config }, Stop);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(
            master.Path, configuration, new MuxClientOptions(), Stop);
        Assert.NotNull(connection.AgentForward);
        await using var process = await connection.StartAsync(
            new SessionRequest { Command = "exit ${SSH_AUTH_SOCK:+1}4", WantAgent = true }, Stop);
        Assert.Equal(4u, (await process.Exit).Status);
    }

    [Fact]
    public async Task Without_forwarding_in_the_configuration_none_is_set_up()
    {
        using var folder = new TestFolder();
        await using var master = await OurMaster.StartAsync(server.Sshd);
        var config = folder.Write("config", "");
        var configuration = await HostConfiguration.LoadAsync(new HostQuery { Host = "x", ConfigFile = config }, Stop);
        await using var connection = await MuxProxyTransport.OpenConnectionAsync(
            master.Path, configuration, new MuxClientOptions(), Stop);
        Assert.Null(connection.AgentForward);
    }

    private delegate void Fill(ref SshWriter writer);

    private static byte[] PathOf(string path) => ScriptedFields((ref writer) => writer.WriteString(path));

    private static byte[] ScriptedFields(Fill fill)
    {
        var writer = new SshWriter(new byte[256]);
        fill(ref writer);
        return writer.Written.ToArray();
    }

    private static async Task<Socket> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), Stop);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool Listens(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
