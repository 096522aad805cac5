using System.Net.Sockets;
using SshMux.Engine.Platform.Sockets;

namespace SshMux.Engine.Tests.Platform;

[Trait("System", "any")]
public class SocketWordsTests
{
    [Theory]
    // Not NoData, TooManyOpenSockets and TryAgain, for which .NET on Linux asks the system for the words of another error.
    [InlineData(SocketError.AccessDenied)]
    [InlineData(SocketError.AddressAlreadyInUse)]
    [InlineData(SocketError.AddressFamilyNotSupported)]
    [InlineData(SocketError.AddressNotAvailable)]
    [InlineData(SocketError.ConnectionAborted)]
    [InlineData(SocketError.ConnectionRefused)]
    [InlineData(SocketError.ConnectionReset)]
    [InlineData(SocketError.HostDown)]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.HostUnreachable)]
    [InlineData(SocketError.NetworkDown)]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.Shutdown)]
    [InlineData(SocketError.TimedOut)]
    public void They_are_those_of_Linux_on_every_system(SocketError error)
    {
        var failure = new SocketException((int)error);
        if (OperatingSystem.IsLinux()) Assert.Equal(failure.Message, SocketWords.Of(error));
        else Assert.Equal(SocketWords.Of(error), SocketWords.Of(failure));
        Assert.Equal(SocketWords.Of(failure), SocketWords.Of(new IOException(failure.Message, failure)));
    }

    [Fact]
    public void What_has_none_keeps_what_the_system_says()
    {
        var failure = new SocketException((int)SocketError.MessageSize);
        Assert.Equal(failure.Message.TrimEnd('.'), SocketWords.Of(failure));
        Assert.Equal("something else", SocketWords.Of(new IOException("something else")));
    }
}
