using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Forwarding.X11;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Forwarding;

public class X11DisplayTests
{
    [Theory]
    [InlineData(":0", ":0", 0)]
    [InlineData(":10.2", ":10.2", 2)]
    [InlineData("unix:1.0", "unix:1.0", 0)]
    [InlineData("::0.3", "::0.3", 3)]
    [InlineData("localhost:10.0", "unix:10.0", 0)]
    [InlineData("my.host:0.1", "my.host:0.1", 1)]
    [InlineData("host:0.401", "host:0.401", 0)]
    [InlineData("host:0.x", "host:0.x", 0)]
    [InlineData("/tmp/.X11-unix/X0", "/tmp/.X11-unix/X0", 0)]
    public void The_forms_of_DISPLAY(string text, string authorizationName, uint screen)
    {
        var display = X11Display.Parse(text);
        Assert.Equal((text, authorizationName, screen), (display.Text, display.AuthorizationName, display.Screen));
    }

    [Theory]
    [InlineData("host", "Could not find ':' in DISPLAY: host")]
    [InlineData("host:", "Could not parse display number from DISPLAY: host:")]
    [InlineData("host:x", "Could not parse display number from DISPLAY: host:x")]
    [InlineData("host:59536", "Could not parse display number from DISPLAY: host:59536")]
    [InlineData("unix:", "Could not parse display number from DISPLAY: unix:")]
    [InlineData(":0;reboot", "DISPLAY \":0;reboot\" invalid; disabling X11 forwarding")]
    [InlineData("$(id):0", "DISPLAY \"$(id):0\" invalid; disabling X11 forwarding")]
    public void Anything_else_is_named(string text, string message)
    {
        var error = Assert.Throws<SshException>(() => X11Display.Parse(text));
        Assert.Equal((SshError.ConfigurationInvalid, message), (error.Error, error.Message));
    }

    [Fact]
    public async Task A_host_is_reached_at_6000_and_the_number()
    {
        using var listener = Listen(out var number);
        using var client = await X11Display.Parse($"127.0.0.1:{number}.0").ConnectAsync(CancellationToken.None);
        using var server = await listener.AcceptAsync();
        Assert.Equal(((IPEndPoint)client.LocalEndPoint!).Port, ((IPEndPoint)server.RemoteEndPoint!).Port);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".0")]
    public async Task A_path_is_a_socket_with_or_without_a_screen(string screen)
    {
        using var folder = new TestFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.File("X0")));
        listener.Listen();
        using var client = await X11Display.Parse(folder.File("X0") + screen).ConnectAsync(CancellationToken.None);
        Assert.True(client.Connected);
    }

    [Fact]
    public async Task Nobody_there_is_an_error_of_the_socket()
    {
        var path = X11Display.Parse("/nonexistent/" + new string('x', 200));
        await Assert.ThrowsAsync<SocketException>(() => path.ConnectAsync(CancellationToken.None));
        var missing = X11Display.Parse("/nonexistent/X0");
        await Assert.ThrowsAsync<SocketException>(() => missing.ConnectAsync(CancellationToken.None));
    }

    private static Socket Listen(out int number)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            number = ((IPEndPoint)socket.LocalEndPoint!).Port - 6000;
            if (number >= 0)
            {
                socket.Listen();
                return socket;
            }

            socket.Dispose();
        }
    }
}
