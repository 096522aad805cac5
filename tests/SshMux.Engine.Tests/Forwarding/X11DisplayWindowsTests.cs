using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Forwarding.X11;

namespace SshMux.Engine.Tests.Forwarding;

/// <summary>X servers of Windows, at TCP ports.</summary>
[Trait("System", "any")]
public class X11DisplayWindowsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("unix")]
    [InlineData("localhost")]
    public async Task A_display_of_this_machine_is_at_a_port_of_loopback(string host)
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var number = ((IPEndPoint)listener.LocalEndpoint).Port - X11Display.FirstPort;
        var token = TestContext.Current.CancellationToken;
        using var client = await X11Display.Parse($"{host}:{number}.0").ConnectAsync(token);
        using var server = await listener.AcceptSocketAsync(token);
        Assert.Equal(((IPEndPoint)client.LocalEndPoint!).Port, ((IPEndPoint)server.RemoteEndPoint!).Port);
    }

    [Theory]
    [InlineData("/tmp/.X11-unix/X0", "is a socket's path, which X servers of Windows do not have; set it to localhost:0.0")]
    [InlineData(":59536", "Could not parse display number from DISPLAY")]
    public void Other_displays_are_none(string text, string told)
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        var error = Assert.Throws<SshException>(() => X11Display.Parse(text));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }
}
