using System.Net.Sockets;
using System.Security.Cryptography;
using SshMux.Engine.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication;

public sealed class SshAgentTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Keys_of_a_real_agent_are_listed_and_sign()
    {
        string[] types = ["ed25519", "ecdsa", "rsa"];
        foreach (var type in types) await TestSshd.KeygenAsync(_folder.File(type), type, "", "-C", $"my {type}");
        using var real = await TestAgent.StartAsync([.. types.Select(_folder.File)]);

        await using var agent = await SshAgent.ConnectAsync(real.Socket, Token);
        var keys = await agent.ListAsync(Token);
        Assert.Equal(["my ed25519", "my ecdsa", "my rsa"], keys.Select(key => key.Comment));
        var data = RandomNumberGenerator.GetBytes(1000);

        // All at once: the agent answers one after the other.
        await Task.WhenAll(keys.SelectMany(key => key.SignatureAlgorithms.Select(async algorithm =>
        {
            var signature = await key.SignAsync(algorithm, data, Token);
            Assert.True(SshPublicKey.Parse(key.PublicKey.Span).VerifySignatureBlob(algorithm, data, signature));
        })));
    }

    [Fact]
    public async Task A_refusal_to_sign_is_said_and_the_agent_stays_usable()
    {
        await TestSshd.KeygenAsync(_folder.File("a"), "ed25519");
        using var real = await TestAgent.StartAsync(_folder.File("a"));
        await using var agent = await SshAgent.ConnectAsync(real.Socket, Token);
        var key = Assert.Single(await agent.ListAsync(Token));
        await real.AddAsync("-D");
        var error = await Assert.ThrowsAsync<SshException>(
            async () => await key.SignAsync("ssh-ed25519", new byte[1], Token));
        Assert.Equal(SshError.KeyUnusable, error.Error);
        Assert.Contains("refuses to sign", error.Message, StringComparison.Ordinal);
        Assert.Empty(await agent.ListAsync(Token));
    }

    [Fact]
    public async Task An_agent_that_is_not_there_is_named()
    {
        foreach (var path in new[] { _folder.File("none"), _folder.Write("file", ""), new string('x', 200) })
        {
            var error = await Assert.ThrowsAsync<SshException>(() => SshAgent.ConnectAsync(path, Token));
            Assert.Equal(SshError.KeyUnusable, error.Error);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000000")]
    [InlineData("ffffffff")]
    [InlineData("0000000a0c")]
    [InlineData("0000000105")]
    [InlineData("000000050c00000001")]
    [InlineData("000000050cffffffff")]
    [InlineData("0000000d0c00000001000000ff00000000")]
    [InlineData("000000060c0000000000")]
    public async Task Wrong_answers_give_a_clear_error(string answer)
    {
        var error = await ListFakeAsync(Convert.FromHexString(answer));
        Assert.NotNull(error);
        Assert.Contains("fails", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Random_answers_give_nothing_but_clear_errors()
    {
        var random = new Random(5);
        for (var i = 0; i < 100; i++)
        {
            var body = new byte[random.Next(1, 60)];
            random.NextBytes(body);
            body[0] = 12;
            if (body.Length > 10) body.AsSpan(1, 3).Clear();
            await ListFakeAsync([0, 0, 0, (byte)body.Length, .. body]);
        }
    }

    [Fact]
    public async Task A_request_that_was_cancelled_leaves_no_answer_for_the_next_one()
    {
        using var listener = Listen();
        await using var agent = await SshAgent.ConnectAsync(_folder.File("fake"), Token);
        using var peer = await listener.AcceptAsync(Token);
        using var cancel = new CancellationTokenSource();
        var list = agent.ListAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => list);
        var error = await Assert.ThrowsAsync<SshException>(() => agent.ListAsync(Token));
        Assert.Equal(SshError.KeyUnusable, error.Error);
    }

    private async Task<SshException?> ListFakeAsync(byte[] answer)
    {
        using var listener = Listen();
        await using var agent = await SshAgent.ConnectAsync(_folder.File("fake"), Token);
        using (var peer = await listener.AcceptAsync(Token))
        {
            await peer.SendAsync(answer, Token);
            peer.Shutdown(SocketShutdown.Send);
            try
            {
                await agent.ListAsync(Token);
                return null;
            }
            catch (SshException e)
            {
                Assert.Equal(SshError.KeyUnusable, e.Error);
                return e;
            }
        }
    }

    private Socket Listen()
    {
        File.Delete(_folder.File("fake"));
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.File("fake")));
        socket.Listen();
        return socket;
    }
}
