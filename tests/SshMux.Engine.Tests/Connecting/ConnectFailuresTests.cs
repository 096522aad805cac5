using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>Why a host cannot be reached, in ssh(1)'s words and with what may help.</summary>
public class ConnectFailuresTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Two = IPAddress.Parse("2001:db8::2");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SocketError.ConnectionRefused, SshError.ConnectionRefused, "does sshd run?")]
    [InlineData(SocketError.TimedOut, SshError.ConnectionTimeout, "does a firewall drop the packets?")]
    [InlineData(SocketError.HostUnreachable, SshError.ConnectionFailed, "is the network (or the VPN) up?")]
    [InlineData(SocketError.NetworkUnreachable, SshError.ConnectionFailed, "is the network (or the VPN) up?")]
    [InlineData(SocketError.AddressNotAvailable, SshError.ConnectionFailed, "is BindAddress 10.0.0.1 one of this machine?")]
    [InlineData(SocketError.AccessDenied, SshError.ConnectionFailed, null)]
    public async Task The_kind_of_failure_says_what_may_help(SocketError reason, SshError expected, string? remedy)
    {
        var error = ConnectFailures.Unreachable(
            await LoadAsync("BindAddress=10.0.0.1"), [(One, new SocketException((int)reason))]);
        Assert.Equal(expected, error.Error);
        Assert.StartsWith("connect to host web1 port 2222: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(remedy ?? new SocketException((int)reason).Message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_BindAddress_none_is_asked_about()
    {
        var reason = new SocketException((int)SocketError.AddressNotAvailable);
        var error = ConnectFailures.Unreachable(await LoadAsync(), [(One, reason)]);
        Assert.Equal($"connect to host web1 port 2222: {reason.Message}", error.Message);
    }

    [Theory]
    [InlineData(SocketError.AddressFamilyNotSupported)]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.AddressNotAvailable)]
    public async Task An_answer_says_more_than_a_family_that_this_machine_has_not(SocketError lack)
    {
        var configuration = await LoadAsync();
        var refused = new SocketException((int)SocketError.ConnectionRefused);
        var lacking = new SocketException((int)lack);
        var error = ConnectFailures.Unreachable(configuration, [(One, refused), (Two, lacking)]);
        Assert.Equal(SshError.ConnectionRefused, error.Error);
        Assert.Contains($"{refused.Message} (tried 192.0.2.1, 2001:db8::2); ", error.Message, StringComparison.Ordinal);
        error = ConnectFailures.Unreachable(configuration, [(Two, lacking), (Two, lacking)]);
        Assert.Contains(lacking.Message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, null, "connect to host web1 port 2222: Connection timed out; there was no answer within ")]
    [InlineData(true, null, "is it the right port, and is the server (or what stands before it) overloaded?")]
    [InlineData(true, "nc a b", "through the ProxyCommand 'nc a b': does it work by itself?")]
    public async Task The_time_limit_is_named_with_what_was_waited_for(bool isConnected, string? command, string words)
    {
        var configuration = await LoadAsync($"ProxyCommand={command ?? "none"}", "ConnectTimeout=7");
        var error = ConnectFailures.TimedOut(configuration, isConnected);
        Assert.Equal(SshError.ConnectionTimeout, error.Error);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains("within the ConnectTimeout of 7 seconds", error.Message, StringComparison.Ordinal);
    }

    private static Task<HostConfiguration> LoadAsync(params string[] options) => HostConfiguration.LoadAsync(
        new HostQuery { Host = "web1", Port = 2222, ConfigFile = "none", Options = options }, Stop);
}
