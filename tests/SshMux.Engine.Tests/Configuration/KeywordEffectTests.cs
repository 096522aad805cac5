using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

/// <summary>Keywords that once did nothing: what their values mean, and who is told that one still does nothing.</summary>
[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class KeywordEffectTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, 20)]
    [InlineData("yes", 20)]
    [InlineData("no", 0)]
    [InlineData("interval:80", 80)]
    public async Task ObscureKeystrokeTiming_is_on_unless_the_user_says_otherwise(string? value, int milliseconds)
    {
        var config = await LoadAsync(value is null ? [] : [$"ObscureKeystrokeTiming={value}"]);
        Assert.Equal(milliseconds, config.KeystrokeInterval.TotalMilliseconds);
    }

    [Theory]
    [InlineData("ObscureKeystrokeTiming=perhaps")]
    [InlineData("ObscureKeystrokeTiming=interval:0")]
    [InlineData("ObscureKeystrokeTiming=interval:1001")]
    [InlineData("ObscureKeystrokeTiming=interval:")]
    [InlineData("FingerprintHash=sha3")]
    [InlineData("IPQoS=best")]
    [InlineData("IPQoS=256")]
    [InlineData("VersionAddendum=%x")]
    public async Task Other_values_are_refused(string option)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(option));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
    }

    [Theory]
    [InlineData("ef cs0", 0xb8, 0)]
    [InlineData("af21", 0x48, 0x48)]
    [InlineData("none LE", null, 0x04)]
    [InlineData("0x10 8", 0x10, 8)]
    [InlineData("lowdelay throughput", null, null)]
    public async Task IPQoS_is_one_class_or_two(string value, int? interactive, int? bulk)
    {
        var config = await LoadAsync($"IPQoS={value}");
        Assert.Equal(new ServiceClasses((byte?)interactive, (byte?)bulk), config.ServiceClasses);
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public void A_class_reaches_the_packets(AddressFamily family)
    {
        OnlyOn.Unix(); // Windows leaves it to its administrator
        using var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        SocketStream.SetServiceClass(socket, 0xb8);
        SocketStream.SetServiceClass(socket, null);
        var value = new byte[4];
        if (family == AddressFamily.InterNetwork) socket.GetRawSocketOption(0, 1, value);
        else socket.GetRawSocketOption(41, 67, value);
        Assert.Equal(0xb8, value[0]);
    }

    [Fact]
    public async Task The_addendum_has_its_tokens_expanded_once()
    {
        var config = await LoadAsync("VersionAddendum=%n 100%%n");
        Assert.Equal("h 100%n", config.VersionAddendum);

        Assert.Equal("", (await LoadAsync("VersionAddendum=none")).VersionAddendum);
        var file = _folder.Write("config", "VersionAddendum %n 100%%n\n");
        var query = new HostQuery { Host = "h", ConfigFile = file };
        var read = await HostConfiguration.LoadAsync(query, TestContext.Current.CancellationToken);
        Assert.Equal("h 100%n", read.VersionAddendum);
    }

    [Theory]
    [InlineData("PKCS11Provider=/lib/x.so", "PKCS11Provider is not supported: use the token's keys")]
    [InlineData("SecurityKeyProvider=/lib/x.so", "SecurityKeyProvider is not supported: use the keys")]
    [InlineData("GSSAPIAuthentication=yes", "GSSAPIAuthentication is not supported")]
    [InlineData("GSSAPIDelegateCredentials yes", "GSSAPIDelegateCredentials is not supported")]
    [InlineData("SyslogFacility=LOCAL0", "SyslogFacility is not supported: nothing goes to the system log")]
    [InlineData("EnableSSHKeysign=yes", "EnableSSHKeysign is not supported")]
    [InlineData("HostbasedAuthentication=yes", "HostbasedAuthentication is not supported")]
    [InlineData("CheckHostIP=yes", "CheckHostIP is not supported: a host's key")]
    [InlineData("Tunnel=ethernet", "Tunnel is not supported: there is no tunnel device")]
    public async Task What_is_asked_for_in_vain_is_told_once_and_reaches_a_background_master(string option, string told)
    {
        // Twice, of which the first one counts.
        var config = await LoadAsync(option, option);
        var line = Assert.Single(config.Unsupported);
        Assert.StartsWith(told, line, StringComparison.Ordinal);
        Assert.Equal([line], HostConfiguration.Unpack(config.Pack()).Unsupported);
    }

    [Theory]
    [InlineData("PKCS11Provider=none")]
    [InlineData("SecurityKeyProvider=internal")]
    [InlineData("GSSAPIAuthentication=no")]
    [InlineData("EnableSSHKeysign=no")]
    [InlineData("Tunnel=no")]
    [InlineData("KbdInteractiveDevices=pam")]
    public async Task What_makes_no_difference_is_not_told(string option)
    {
        Assert.Empty((await LoadAsync(option)).Unsupported);
    }

    [Fact]
    public async Task What_a_distribution_sets_for_everybody_is_not_told()
    {
        var file = _folder.Write("config", "Host *\n  GSSAPIAuthentication yes\n  SyslogFacility AUTH\n");
        var query = new HostQuery { Host = "h", ConfigFile = file };
        var config = await HostConfiguration.LoadAsync(query, TestContext.Current.CancellationToken);
        Assert.Empty(config.Unsupported);
    }

    private static Task<HostConfiguration> LoadAsync(params string[] options) =>
        HostConfiguration.LoadAsync(
            new HostQuery { Host = "h", ConfigFile = "none", Options = options },
            TestContext.Current.CancellationToken);
}
