using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SshMux.Cli.Tests.Support;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Wire;

namespace SshMux.Cli.Tests;

/// <summary>
/// Keys that were renewed are nowhere in the memory of the process any more, and the secrets that keys are made of are
/// gone as soon as they are made: what was sent before stays unreadable to who gets hold of the process later.
/// </summary>
public class SessionKeyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("curve25519-sha256", "aes256-ctr")]
    [InlineData("curve25519-sha256", "aes256-gcm@openssh.com")]
    [InlineData("curve25519-sha256", "chacha20-poly1305@openssh.com")]
    [InlineData("ecdh-sha2-nistp256", "aes256-ctr")]
    [InlineData("mlkem768x25519-sha256", "aes256-ctr")]
    [InlineData("sntrup761x25519-sha512", "aes256-ctr")]
    public async Task Old_keys_are_forgotten(string exchange, string cipher)
    {
        using var folder = new TestFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var log = folder.File("log");
        using var client = Process.Start(new ProcessStartInfo(
            SshMuxProgram.Path,
            [
                "-v", "-E", log, "-F", "none", "-p", $"{((IPEndPoint)listener.LocalEndpoint).Port}",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "GlobalKnownHostsFile=/dev/null", "-N", "127.0.0.1",
            ]))!;
        try
        {
            var socket = await listener.AcceptSocketAsync(Token);
            await using var server = ScriptedServer.Over(
                new NetworkStream(socket, ownsSocket: true), exchange, cipher);
            await server.ExchangeVersionsAsync();
            await server.ExchangeKeysAsync();
            await LogInAsync(server);
            await server.SendKexInitAsync();
            await server.ReadKexInitAsync();
            await server.AnswerKeyExchangeAsync();
            await server.FinishKeyExchangeAsync();
            await Wait.UntilAsync(
                () => File.ReadAllText(log).Contains("key exchange 2 done", StringComparison.Ordinal), "new keys");

            // It can be looked into: this is no secret, and is there.
            Assert.NotEmpty(ProcessMemory.Find(client.Id, server.SessionId));

            // All of the first exchange, and of the second what is not a key in use.
            byte[][] forgotten = [.. server.Secrets[0], server.Secrets[1][0]];
            var found = ProcessMemory.Find(
                client.Id, [.. forgotten, .. forgotten.Select(secret => secret.Reverse().ToArray())]);
            Assert.True(found.Count == 0, string.Join('\n', found));
        }
        finally
        {
            client.Kill();
            await client.WaitForExitAsync(Token);
        }
    }

    private static async Task LogInAsync(ScriptedServer server)
    {
        Assert.Equal(MessageNumber.ServiceRequest, (await server.ReadAsync())[0]);
        await server.SendAsync(ScriptedServer.Build((ref w) =>
        {
            w.WriteByte(MessageNumber.ServiceAccept);
            w.WriteString("ssh-userauth");
        }));
        Assert.Equal(MessageNumber.UserAuthRequest, (await server.ReadAsync())[0]);
        await server.SendAsync([MessageNumber.UserAuthSuccess]);
    }
}
