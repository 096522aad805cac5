using System.Text;
using SshMux.Engine.Transport;
using SshMux.Engine.Transport.Algorithms;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Transport;

[Trait("System", "any")]
public class VersionExchangeTests
{
    [Theory]
    [InlineData("SSH-2.0-x\r\n", "SSH-2.0-x")]
    [InlineData("SSH-2.0-x\n", "SSH-2.0-x")]
    [InlineData("SSH-2.0-x a comment\r\n", "SSH-2.0-x a comment")]
    [InlineData("SSH-1.99-old\r\n", "SSH-1.99-old")]
    [InlineData("Hello\r\nSecond SSH-2.0-no\n\nSSH-2.0-x\r\n", "SSH-2.0-x")]
    public async Task Versions_are_accepted_after_other_lines_and_in_single_bytes(string lines, string version)
    {
        await using var server = await ScriptedServer.OpenAsync(version: version);
        var connecting = server.ConnectClientAsync();
        foreach (var c in lines) await server.WriteAsync(c.ToString());
        await server.ReadVersionAsync();
        await server.ExchangeKeysAsync(); // both versions go into the exchange hash
        await using var transport = await connecting.WaitAsync(Patience);
        Assert.Equal(version, transport.ServerVersion);
        Assert.Matches("^SSH-2\\.0-SshMux_[0-9.]+$", server.ClientVersion);
    }

    [Fact]
    public async Task An_addendum_follows_our_name_and_goes_into_the_exchange_hash()
    {
        await using var server = await ScriptedServer.OpenAsync();
        var connecting = server.ConnectClientAsync(new SshTransportOptions
        {
            VerifyHostKey = (_, _) => default,
            HostKeyAlgorithms = SshAlgorithms.Signature,
            VersionAddendum = "from the lab",
        });
        await server.ExchangeVersionsAsync();
        await server.ExchangeKeysAsync();
        await using var transport = await connecting.WaitAsync(Patience);
        Assert.Matches("^SSH-2\\.0-SshMux_[0-9.]+ from the lab$", server.ClientVersion);
    }

    [Theory]
    [InlineData("t\u00e4st")]
    [InlineData("a\nb")]
    [InlineData("a\u001b[2J")]
    public void An_addendum_that_would_break_the_line_is_refused(string addendum)
    {
        foreach (var text in new[] { addendum, new string('x', 250) })
        {
            var error = Assert.Throws<SshException>(() => VersionExchange.VersionOf(text));
            Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", SshError.ProtocolError, "\"HTTP/1.1 400 Bad Request\"")]
    [InlineData("SSH-1.5-ancient\r\n", SshError.ProtocolError, "\"SSH-1.5-ancient\"")]
    [InlineData("SSH-3.0-future\r\n", SshError.ProtocolError, "\"SSH-3.0-future\"")]
    [InlineData("SSH-2.0-bad\u001b[2J\r\n", SshError.ProtocolError, "bad?[2J")]
    [InlineData("SSH-2.0-nul\0\r\n", SshError.ProtocolError, "nul?")]
    public async Task What_is_not_SSH_2_is_refused_with_its_words_made_printable(
        string lines, SshError kind, string quoted)
    {
        var error = await FailAsync(lines, thenClose: false);
        Assert.Equal(kind, error.Error);
        Assert.Contains(quoted, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Theory]
    [InlineData("", "before it told its SSH version")]
    [InlineData("Exceeded MaxStartups\r\n", "\"Exceeded MaxStartups\"")]
    [InlineData("no line end", "\"no line end\"")]
    [InlineData("SSH-2.0-cut", "\"SSH-2.0-cut\"")]
    public async Task A_server_that_closes_before_its_version_is_a_lost_connection(string lines, string said)
    {
        var error = await FailAsync(lines, thenClose: true);
        Assert.Equal(SshError.ConnectionLost, error.Error);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(254, true)]
    [InlineData(255, false)]
    public async Task A_version_line_has_at_most_255_bytes(int length, bool accepted)
    {
        // The length is without the line feed.
        var error = await FailAsync("SSH-2.0-".PadRight(length, 'x') + "\n", thenClose: true);
        Assert.Equal(accepted ? SshError.ConnectionLost : SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task An_endless_version_line_is_refused()
    {
        var error = await FailAsync("SSH-2.0-" + new string('x', 300), thenClose: false);
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task An_endless_line_is_refused() =>
        Assert.Equal(SshError.ProtocolError, (await FailAsync(new string('x', 10_000), thenClose: false)).Error);

    [Fact]
    public async Task Endless_lines_are_refused()
    {
        var lines = new StringBuilder();
        for (var i = 0; i < 2000; i++) lines.Append("line ").Append(i).Append("\r\n");
        var error = await FailAsync(lines.ToString(), thenClose: false);
        Assert.Equal(SshError.ProtocolError, error.Error);
        Assert.Contains("\"line 0\"", error.Message, StringComparison.Ordinal);
    }

    private static async Task<SshException> FailAsync(string lines, bool thenClose)
    {
        await using var server = await ScriptedServer.OpenAsync();
        var connecting = server.ConnectClientAsync();
        await server.WriteAsync(lines);
        if (thenClose)
        {
            // The client's line has been read, so that closing does not reset.
            await server.ReadVersionAsync();
            server.Stream.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        }

        var error = await Assert.ThrowsAsync<SshException>(() => connecting.WaitAsync(Patience));
        Assert.False(server.Client.CanRead, "the stream was not disposed");
        return error;
    }
}
