using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Channels;
using SshMux.Engine.Clients;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Mux.Client;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Clients;

/// <summary>A program's own login, from its name to its end.</summary>
public sealed class SshClientTests(ClientFixture server) : IClassFixture<ClientFixture>, IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_the_program_sets_goes_before_the_configuration()
    {
        var config = _folder.Write("config", $"""
            Host x
              HostName 127.0.0.1
              User nobody-of-that-name
              Port 1
              IdentityFile /nonexistent
              IdentityAgent none
              UserKnownHostsFile /nonexistent
              SetEnv SSHMUX_A=configuration
            """);
        await using var client = await SshClient.ConnectAsync(
            "x",
            new SshClientOptions
            {
                ConfigFile = config,
                User = server.Sshd.UserName,
                Port = server.Sshd.Port,
                IdentityFiles = [server.Sshd.UserKey],
                Options = [$"UserKnownHostsFile={server.Sshd.KnownHosts}"],
            },
            Stop);
        Assert.Equal(("x", server.Sshd.UserName, null), (client.Name, client.User, client.ControlPath));
        Assert.Equal("configuration\n", (await client.RunAsync("echo $SSHMUX_A", cancellationToken: Stop)).Output);
    }

    [Fact]
    public async Task Variables_of_a_session_go_before_those_of_the_configuration()
    {
        await using var client = await SshClient.ConnectAsync(
            "x", server.Options with { Options = ["SetEnv=SSHMUX_A=configuration"] }, Stop);
        var request = new SessionRequest
        {
            Command = "echo $SSHMUX_A $SSHMUX_B",
            Environment = [new("SSHMUX_A", "session"), new("SSHMUX_B", "more")],
        };
        await using var process = await client.StartAsync(request, Stop);
        Assert.Equal("session more\n", await new StreamReader(process.StandardOutput).ReadToEndAsync(Stop));
    }

    [Fact]
    public async Task Without_options_nobody_is_asked()
    {
        // A name that cannot be one, so that no configuration of whoever runs the tests leads anywhere.
        var error = await Assert.ThrowsAsync<SshException>(
            () => SshClient.ConnectAsync("no.such.host.invalid", cancellationToken: Stop));
        Assert.Equal(SshError.HostNotFound, error.Error);
        await Assert.ThrowsAsync<ArgumentNullException>(() => SshClient.ConnectAsync(null!, cancellationToken: Stop));
    }

    [Fact]
    public async Task Who_gives_up_gets_no_login()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var cancelled = new CancellationTokenSource();
        var connecting = SshClient.ConnectAsync(
            "x", server.Options with { Port = ((IPEndPoint)silent.LocalEndpoint).Port }, cancelled.Token);
        using var accepted = await silent.AcceptSocketAsync(Stop);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);

        // Nothing is left of it.
        var buffer = new byte[1000];
        while (await accepted.ReceiveAsync(buffer, Stop) != 0)
        {
            // Its first words.
        }
    }

    [Fact]
    public async Task With_a_control_path_others_use_the_login_until_it_listens_no_more()
    {
        var path = _folder.File("s");
        await using var client = await SshClient.ConnectAsync("x", server.Options with { ControlPath = path }, Stop);
        Assert.Equal(path, client.ControlPath);
        string[] ssh = ["-F", "none", "-S", path, "-o", "ProxyCommand=false", "x"];
        var result = await ProcessResult.RunAsync("ssh", [.. ssh, "echo over it"]);
        Assert.Equal((0, "over it\n"), (result.ExitCode, result.Output));

        await using var process = await client.StartAsync(new SessionRequest { Command = "cat" }, Stop);
        client.StopListening();
        Assert.Null(client.ControlPath);
        Assert.False(File.Exists(path));
        await process.StandardInput.WriteAsync("still"u8.ToArray(), Stop);
        Assert.False(client.Ended.IsCompleted);
        await process.StandardInput.DisposeAsync();
        Assert.Equal("still", await new StreamReader(process.StandardOutput).ReadToEndAsync(Stop));
        Assert.Equal(SshError.Stopped, (await client.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop)).Error);
    }

    [Fact]
    public async Task A_control_socket_whose_master_has_died_is_replaced()
    {
        var path = _folder.File("s");
        await MuxClientErrorTests.MakeStaleAsync(path);
        await using var client = await SshClient.ConnectAsync("x", server.Options with { ControlPath = path }, Stop);
        Assert.Equal(path, client.ControlPath);
    }

    [Fact]
    public async Task A_login_that_nobody_uses_ends_by_itself()
    {
        await using var client = await SshClient.ConnectAsync(
            "x", server.Options with { IdleLimit = TimeSpan.FromMilliseconds(50) }, Stop);
        var reason = await client.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        Assert.Equal(SshError.Stopped, reason.Error);
        Assert.Equal(
            SshError.Stopped, (await Assert.ThrowsAsync<SshException>(() => client.CheckAliveAsync(Stop))).Error);
    }

    [Fact]
    public async Task The_server_is_asked_whether_it_is_there_and_its_end_is_told()
    {
        await using var sshd = await TestSshd.StartAsync();
        await using var client = await SshClient.ConnectAsync(
            "x", new SshClientOptions { ConfigFile = sshd.SshConfig }, Stop);
        await client.CheckAliveAsync(Stop);
        sshd.KillConnections();
        Assert.Equal(SshError.ConnectionLost, (await client.Ended.WaitAsync(TimeSpan.FromSeconds(30), Stop)).Error);
        var error = await Assert.ThrowsAsync<SshException>(() => client.RunAsync("true", cancellationToken: Stop));
        Assert.Equal(SshError.ConnectionLost, error.Error);
    }

    [Fact]
    public async Task The_server_connects_to_a_port_and_to_a_path()
    {
        using var port = new TcpTestServer();
        using var path = TcpTestServer.OnPath(_folder.File("s"));
        await using var toPort = await server.Client.OpenStreamAsync("127.0.0.1", port.Port, Stop);
        await using var toPath = await server.Client.OpenStreamAsync(_folder.File("s"), Stop);
        foreach (var stream in (DuplexStream[])[toPort, toPath])
        {
            await stream.WriteAsync("there and back"u8.ToArray(), Stop);
            stream.CompleteWriting();
            Assert.Equal("there and back", await new StreamReader(stream).ReadToEndAsync(Stop));
        }

        var error = await Assert.ThrowsAsync<SshException>(
            () => server.Client.OpenStreamAsync(_folder.File("nobody"), Stop));
        Assert.Equal(SshError.ChannelOpenRefused, error.Error);
    }

    [Fact]
    public async Task Forwards_are_opened_and_closed_by_what_they_are()
    {
        using var target = new TcpTestServer();
        var spec = ForwardSpec.ParseLocal($"127.0.0.1:0:127.0.0.1:{target.Port}");
        var port = await server.Client.OpenForwardAsync(spec, Stop);
        using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port!.Value), Stop);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync("GET /"u8.ToArray(), Stop);
            Assert.EndsWith(
                TcpTestServer.Greeting, await new StreamReader(stream).ReadToEndAsync(Stop), StringComparison.Ordinal);
        }

        await server.Client.CloseForwardAsync(spec, Stop);
        var error = await Assert.ThrowsAsync<SshException>(() => server.Client.CloseForwardAsync(spec, Stop));
        Assert.Equal(SshError.ForwardFailed, error.Error);
        Assert.Equal($"there is no forward {spec} to x (any more)", error.Message);
    }

    [Fact]
    public async Task Disposing_ends_what_goes_over_the_login()
    {
        var client = await SshClient.ConnectAsync("x", server.Options, Stop);
        var process = await client.StartAsync(new SessionRequest { Command = TestSshd.RunUntilDisconnected }, Stop);
        await client.DisposeAsync();
        Assert.Equal(SshError.Stopped, (await client.Ended).Error);
        Assert.Equal(SshError.Stopped, (await Assert.ThrowsAsync<SshException>(() => process.Exit)).Error);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task What_to_start_must_be_said() =>
        await Assert.ThrowsAsync<ArgumentNullException>(() => server.Client.StartAsync(null!, Stop));
}
