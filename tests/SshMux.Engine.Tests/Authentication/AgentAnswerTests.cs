using System.Net.Sockets;
using SshMux.Engine.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>An agent whose signatures are not what was asked for, and keys in its list that nobody can use.</summary>
public sealed class AgentAnswerTests : IDisposable
{
    private const byte IdentitiesAnswer = 12;
    private const byte SignResponse = 14;

    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ssh-ed25519", "ssh-ed25519", null)]
    [InlineData("rsa-sha2-512", "ssh-rsa", "it signs with ssh-rsa where rsa-sha2-512 is wanted")] // an old agent
    [InlineData("ssh-ed25519", "", "it signs with ")]
    [InlineData("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com", null)]
    public async Task A_signature_of_another_algorithm_is_not_used(string wanted, string made, string? told)
    {
        var signature = Bytes((ref writer) =>
        {
            writer.WriteString(made);
            writer.WriteString(new byte[64]);
        });
        var (answer, error) = await SignAsync(wanted, Bytes((ref writer) =>
        {
            writer.WriteByte(SignResponse);
            writer.WriteString(signature);
        }));
        Assert.Equal(told is null ? signature : null, answer);
        if (told is not null) Assert.Contains(told, error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0e")]
    [InlineData("0e00000100")]
    [InlineData("0e0000000400000009")]
    [InlineData("0e00000004 00000000 ff")]
    public async Task A_malformed_signature_is_told(string hex)
    {
        var body = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var (_, error) = await SignAsync("ssh-ed25519", body);
        Assert.Contains("its signature is malformed", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_without_a_readable_type_is_left_out_of_the_list()
    {
        byte[] good = Bytes((ref writer) =>
        {
            writer.WriteString("ssh-ed25519");
            writer.WriteString(new byte[32]);
        });
        using var listener = Listen();
        await using var agent = await SshAgent.ConnectAsync(_folder.File("fake"), Token);
        using var peer = await listener.AcceptAsync(Token);
        await SayAsync(peer, Bytes((ref writer) =>
        {
            writer.WriteByte(IdentitiesAnswer);
            writer.WriteUInt32(2);
            writer.WriteString([0, 0, 0, 9, 1]);
            writer.WriteString("broken");
            writer.WriteString(good);
            writer.WriteString("good");
        }));
        var key = Assert.Single(await agent.ListAsync(Token));
        Assert.Equal("good", key.Comment);
    }

    private delegate void Fill(ref SshWriter writer);

    private static byte[] Bytes(Fill fill)
    {
        var writer = new SshWriter(new byte[1024]);
        fill(ref writer);
        return writer.Written.ToArray();
    }

    private static async Task SayAsync(Socket peer, byte[] body) =>
        await peer.SendAsync((byte[])[0, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body], Token);

    private async Task<(byte[]? Signature, SshException? Error)> SignAsync(string algorithm, byte[] answer)
    {
        using var listener = Listen();
        await using var agent = await SshAgent.ConnectAsync(_folder.File("fake"), Token);
        using var peer = await listener.AcceptAsync(Token);
        await SayAsync(peer, answer);
        try
        {
            return (await agent.SignAsync(new byte[4], algorithm, new byte[4], Token), null);
        }
        catch (SshException e)
        {
            Assert.Equal(SshError.KeyUnusable, e.Error);
            return (null, e);
        }
    }

    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_folder.File("fake")));
        socket.Listen();
        return socket;
    }
}
