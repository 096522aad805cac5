using SshMux.Engine.Configuration;

namespace SshMux.Engine.Tests.Configuration;

[Trait("System", "any")]
public class SshUriTests
{
    [Theory]
    [InlineData("host", "host", null, null)]
    [InlineData("host/", "host", null, null)]
    [InlineData("host:/", "host", null, null)]
    [InlineData("me@host:2222", "host", "me", 2222)]
    [InlineData("me;fingerprint=x@host:ssh", "host", "me", 22)]
    [InlineData("a%40b%c3%a9+c@[::1]:99/", "::1", "a@bé c", 99)]
    public void A_destination_is_read_as_ssh_reads_it(string text, string host, string? user, int? port)
    {
        Assert.True(SshUri.TryParse(text, out var uri));
        Assert.Equal(new SshUri(host, user, port), uri);
        Assert.Equal(new Destination(host, user, port), Destination.Parse("ssh://" + text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("@host")]
    [InlineData("::1")]
    [InlineData("[::1")]
    [InlineData("[::1]99")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:+22")]
    [InlineData("host:-1")]
    [InlineData("host: 22")]
    [InlineData("host:0x16")]
    [InlineData("host:2,222")]
    [InlineData("host:\u0662\u0662")]
    [InlineData("host:22//")]
    [InlineData("host/path")]
    [InlineData("a%4@host")]
    [InlineData("a%zz@host")]
    [InlineData("a%@host")]
    [InlineData("a%00b@host")]
    [InlineData("a%ff@host")]
    public void What_ssh_would_not_take_is_no_destination(string text)
    {
        Assert.False(SshUri.TryParse(text, out _));
        var error = Assert.Throws<SshException>(() => Destination.Parse("ssh://" + text));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
    }
}
