using System.Globalization;
using SshMux.Engine.Configuration;
using SshMux.Engine.Platform.Sockets;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

[Trait("System", "any")]
public sealed class ControlPathTests
{
    private static readonly ConnectionTokens Tokens = new("Alias", "web.example.org", 2022, "deploy");

    [Theory]
    [InlineData("/tmp/%C")]
    [InlineData("/tmp/a%%b-%h-%n-%p-%r-%k")]
    [InlineData("%d/%i-%u-%l-%L")]
    [InlineData("~/x")]
    [InlineData("~//x")]
    [InlineData("~root/x")]
    [InlineData("/tmp/${PATH}$x")]
    public async Task Tokens_expand_as_real_ssh_expands_them(string template)
    {
        var result = await ProcessResult.RunAsync(
            "ssh",
            [
                "-F", "none", "-o", "HostName=web.example.org", "-p", "2022", "-l", "deploy", "-o",
                $"ControlPath={template}", "-G", "Alias",
            ]);
        var real = result.Output.Split('\n').Single(line => line.StartsWith("controlpath ", StringComparison.Ordinal));
        Assert.Equal(real["controlpath ".Length..], ControlPath.Expand(template, Tokens));
    }

    [Fact]
    public async Task The_socket_that_real_ssh_looks_for_is_the_one_that_we_name()
    {
        var template = "/tmp/none-%C-%k";
        var result = await ProcessResult.RunAsync(
            "ssh",
            [
                "-F", "none", "-o", "HostName=web.example.org", "-o", "HostKeyAlias=key", "-p", "2022", "-l", "deploy",
                "-S", template, "-O", "check", "Alias",
            ]);
        var ours = ControlPath.Expand(template, Tokens with { HostKeyAlias = "key" });
        Assert.Contains($"({ours})", result.ErrorOutput, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_covers_the_jump_hosts()
    {
        // printf meh1uj | sha1sum
        var tokens = new ConnectionTokens("x", "h", 1, "u") { LocalHostName = "me", ProxyJump = "j" };
        // %j as a token of its own is newer than some ssh.
        Assert.Equal("/tmp/j-me", ControlPath.Expand("/tmp/%j-%l", tokens));
        Assert.Equal("ec2929412da67fe6cd6b988cd36c38907db137ab", tokens.ConnectionHash);
    }

    [Theory]
    [InlineData("/tmp/%x", "%x")]
    [InlineData("/tmp/%", "%%")]
    [InlineData("/tmp/${SSHMUX_NOT_SET}", "SSHMUX_NOT_SET")]
    [InlineData("/tmp/${", "'}'")]
    [InlineData("~no-such-user/x", "no-such-user")]
    public void Wrong_tokens_are_named(string template, string named)
    {
        var error = Assert.Throws<SshException>(() => ControlPath.Expand(template, Tokens));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("ControlPath", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void None_is_no_path() => Assert.Null(ControlPath.Expand("none", Tokens));

    [Fact]
    public void Lengths_are_checked_in_bytes()
    {
        ControlPath.Validate(new string('x', SocketPath.MaxLength), listening: false);
        ControlPath.Validate(new string('x', SocketPath.MaxLength - ControlPath.TemporarySuffixLength), true);
        foreach (var (path, listening) in new[]
        {
            (new string('x', SocketPath.MaxLength + 1), false),
            (new string('é', (SocketPath.MaxLength / 2) + 1), false),
            (new string('x', SocketPath.MaxLength - ControlPath.TemporarySuffixLength + 1), true),
        })
        {
            var error = Assert.Throws<SshException>(() => ControlPath.Validate(path, listening));
            Assert.Equal(SshError.ControlPathInvalid, error.Error);
            var length = System.Text.Encoding.UTF8.GetByteCount(path);
            Assert.Contains(length.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
            Assert.Contains("%C", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void Impossible_paths_are_refused(string path)
    {
        var error = Assert.Throws<SshException>(() => ControlPath.Validate(path, listening: false));
        Assert.Equal(SshError.ControlPathInvalid, error.Error);
    }
}
