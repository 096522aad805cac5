using System.Buffers.Binary;
using System.IO.Pipes;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;
using SshMux.Engine.Authentication;
using SshMux.Engine.Platform.Agents;
using SshMux.Engine.Wire;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Agents at named pipes.</summary>
[Trait("System", "any")]
public sealed class SshAgentWindowsTests
{
    private const byte RequestIdentities = 11;
    private const byte SignRequest = 13;

    private readonly string _name = $"sshmux-test-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Path => PipeName.Full(_name);

    [Fact]
    public async Task The_keys_of_an_agent_at_a_pipe_are_listed_and_sign()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        var key = new Ed25519PrivateKeyParameters(new SecureRandom());
        var blob = Bytes((ref writer) =>
        {
            writer.WriteString("ssh-ed25519");
            writer.WriteString(key.GeneratePublicKey().GetEncoded());
        });
        using var pipe = Listen();
        var serving = ServeAsync(pipe, blob, key);
        await using (var agent = await SshAgent.ConnectAsync(Path.Replace('\\', '/'), Token))
        {
            var listed = Assert.Single(await agent.ListAsync(Token));
            Assert.Equal("at a pipe", listed.Comment);
            var data = new byte[1000];
            var signature = ReadSignature(await listed.SignAsync("ssh-ed25519", data, Token));
            var verifier = new Ed25519Signer();
            verifier.Init(false, key.GeneratePublicKey());
            verifier.BlockUpdate(data);
            Assert.True(verifier.VerifySignature(signature));
        }

        await serving.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task An_agent_that_is_not_there_is_named_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        var error = await Assert.ThrowsAsync<SshException>(
            () => SshAgent.ConnectAsync(Path, Token).WaitAsync(TimeSpan.FromSeconds(2), Token));
        Assert.Equal(
            $"the agent at '{Path}' cannot be reached: there is no such pipe (does the agent run?)", error.Message);
        error = await Assert.ThrowsAsync<SshException>(() => SshAgent.ConnectAsync("/tmp/agent.1", Token));
        Assert.Contains("an agent is at a named pipe of this machine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_ends_the_connection_fails()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        using var pipe = Listen();
        var taking = pipe.WaitForConnectionAsync(Token);
        await using var agent = await SshAgent.ConnectAsync(Path, Token);
        await taking;
        var listing = agent.ListAsync(Token);
        pipe.Disconnect();
        var error = await Assert.ThrowsAsync<SshException>(() => listing.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Contains("its connection has ended", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_was_cancelled_ends()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        using var pipe = Listen();
        var taking = pipe.WaitForConnectionAsync(Token);
        await using var agent = await SshAgent.ConnectAsync(Path, Token);
        await taking;
        using var cancel = new CancellationTokenSource();
        var listing = agent.ListAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => listing.WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    [Fact]
    public void The_usual_agent_is_the_one_of_the_environment_if_that_is_a_pipe()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "for Windows");
        Assert.Equal("//./pipe/mine", AgentSockets.Current.Usual("//./pipe/mine"));
        var usual = AgentSockets.Current.Usual(null);
        Assert.Equal(usual, AgentSockets.Current.Usual("/tmp/ssh-1/agent.1"));
        using (Listen()) Assert.True(AgentSockets.Current.Exists(Path));
        Assert.False(AgentSockets.Current.Exists(Path));
    }

    private delegate void Fill(ref SshWriter writer);

    private static byte[] Bytes(Fill fill)
    {
        var writer = new SshWriter(new byte[4096]);
        fill(ref writer);
        return writer.Written.ToArray();
    }

    private static byte[] ReadSignature(byte[] signature)
    {
        var reader = new SshReader(signature);
        Assert.Equal("ssh-ed25519", reader.ReadUtf8String());
        return reader.ReadString().ToArray();
    }

    private static async Task ServeAsync(NamedPipeServerStream pipe, byte[] blob, Ed25519PrivateKeyParameters key)
    {
        await pipe.WaitForConnectionAsync(Token);
        var head = new byte[4];
        while (await pipe.ReadAtLeastAsync(head, 4, throwOnEndOfStream: false, Token) == 4)
        {
            var message = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
            await pipe.ReadExactlyAsync(message, Token);
            var answer = Answer(message, blob, key);
            BinaryPrimitives.WriteInt32BigEndian(head, answer.Length);
            await pipe.WriteAsync((byte[])[.. head, .. answer], Token);
        }
    }

    private static byte[] Answer(byte[] message, byte[] blob, Ed25519PrivateKeyParameters key)
    {
        if (message[0] == RequestIdentities)
        {
            return Bytes((ref writer) =>
            {
                writer.WriteByte(12);
                writer.WriteUInt32(1);
                writer.WriteString(blob);
                writer.WriteString("at a pipe");
            });
        }

        Assert.Equal(SignRequest, message[0]);
        var reader = new SshReader(message.AsSpan(1));
        Assert.Equal(blob, reader.ReadString());
        var signer = new Ed25519Signer();
        signer.Init(true, key);
        signer.BlockUpdate(reader.ReadString());
        var signature = signer.GenerateSignature();
        var encoded = Bytes((ref writer) =>
        {
            writer.WriteString("ssh-ed25519");
            writer.WriteString(signature);
        });
        return Bytes((ref writer) =>
        {
            writer.WriteByte(14);
            writer.WriteString(encoded);
        });
    }

    private NamedPipeServerStream Listen() =>
        new(_name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
}
