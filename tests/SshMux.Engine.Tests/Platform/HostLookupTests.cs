using System.Net;
using System.Net.Sockets;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Platform;

/// <summary>What is an address: what getaddrinfo(3) takes for one, and not all that .NET does.</summary>
[Trait("System", "any")]
public class HostLookupTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("1", "0.0.0.1")]
    [InlineData("127.1", "127.0.0.1")]
    [InlineData("0x7f.1", "127.0.0.1")]
    [InlineData("0x7F000001", "127.0.0.1")]
    [InlineData("010.0.0.1", "8.0.0.1")]
    [InlineData("4294967295", "255.255.255.255")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("::1:99", "::1:99")]
    [InlineData("2001:DB8::0:1", "2001:db8::1")]
    [InlineData("::ffff:1.2.3.4", "::ffff:1.2.3.4")]
    [InlineData("fe80::1%lo", "fe80::1%1")]
    [InlineData("fe80::1%1", "fe80::1%1")]
    [InlineData("::1%1", "::1%1")]
    [InlineData("ff02::1%lo", "ff02::1%1")]
    public async Task An_address_is_the_one_that_is_written(string text, string address)
    {
        if (text.EndsWith("%lo", StringComparison.Ordinal)) OnlyOn.Unix(); // Windows has other names for its interfaces
        Assert.Equal(
            [IPAddress.Parse(address)], await HostLookup.FindAsync(text, AddressFamily.Unspecified, Token));
    }

    [Theory]
    [InlineData("[::1]")]
    [InlineData("[::1]:99")]
    [InlineData("[fe80::1%1]:22")]
    [InlineData("::1]")]
    [InlineData("::1/64")]
    [InlineData("::01.2.3.4")]
    [InlineData("::ffff:0x7f.1")]
    [InlineData("::ffff:1.2.3.256")]
    [InlineData("::1.2.3")]
    [InlineData("1::00001")]
    [InlineData("::0x1")]
    [InlineData("::1%")]
    [InlineData("::1%lo")]
    [InlineData("::1%1:22")]
    [InlineData("fe80::1%no such")]
    [InlineData("fe80::1%nosuch")]
    [InlineData("fe80::1%0x1")]
    [InlineData("fe80::1%+1")]
    [InlineData("fe80::1%99999999999")]
    [InlineData("0x")]
    [InlineData("1.2.3.4:22")]
    [InlineData("1.2.3.4.5")]
    [InlineData("256.1")]
    [InlineData("4294967296")]
    [InlineData("08.1")]
    [InlineData("\u0661.2.3.4")]
    [InlineData("::\u0661")]
    public async Task What_only_looks_like_an_address_is_none(string text)
    {
        var error = await Assert.ThrowsAnyAsync<SocketException>(
            () => HostLookup.FindAsync(text, AddressFamily.Unspecified, Token));
        Assert.Equal(SocketError.HostNotFound, error.SocketErrorCode);
        if (!OperatingSystem.IsWindows()) Assert.Equal("Name or service not known", error.Message);
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_none() =>
        await Assert.ThrowsAnyAsync<SocketException>(
            () => HostLookup.FindAsync(new string('a', 300), AddressFamily.Unspecified, Token));

    [Fact]
    public async Task An_address_of_another_family_is_not_found()
    {
        Assert.Empty(await HostLookup.FindAsync("127.0.0.1", AddressFamily.InterNetworkV6, Token));
        Assert.Empty(await HostLookup.FindAsync("::1", AddressFamily.InterNetwork, Token));
        Assert.Single(await HostLookup.FindAsync("::1", AddressFamily.InterNetworkV6, Token));
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("0X7f.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1 ", "127.0.0.1", false)]
    [InlineData("::ffff:1.20.255.0", "::ffff:1.20.255.0", true)]
    [InlineData("::ffff:1.2.3.04", "::ffff:1.2.3.4", false)]
    [InlineData("::ffff:1.2.3.", "::ffff:1.2.3.0", false)]
    [InlineData("::ffff:1.2.3.1000", "::ffff:1.2.3.4", false)]
    [InlineData("::ffff:1.2.3.a", "::ffff:1.2.3.4", false)]
    [InlineData("::ffff:1.2.3", "::ffff:1.2.3.4", false)]
    [InlineData("::g", "::1", false)]
    public void What_dotnet_has_read_was_written_so(string text, string address, bool isSo) =>
        Assert.Equal(isSo, HostLookup.IsAsWritten(text, IPAddress.Parse(address)));
}
