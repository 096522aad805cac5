using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>A server that wants another's host key in the user's known_hosts (UpdateHostKeys).</summary>
public sealed class HostileHostKeyTests : IDisposable
{
    private const string ProofRequest = "hostkeys-prove-00@openssh.com";

    private readonly TestFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("right", true)]
    [InlineData("refused", false)]
    [InlineData("by another key", false)]
    [InlineData("of another session", false)]
    [InlineData("none", false)]
    [InlineData("garbage", false)]
    public async Task A_key_that_the_server_does_not_prove_is_not_learned(string proof, bool learned)
    {
        await using var known = await OpenAsync();
        await using var other = await OpenAsync();
        await using var port = new ScriptedPort(async server =>
        {
            server.UseHostKeyOf(known);
            await server.ServeAsync(Step.Open);
            await server.SendAsync(Build((ref w) =>
            {
                w.WriteByte(MessageNumber.GlobalRequest);
                w.WriteString("hostkeys-00@openssh.com");
                w.WriteBoolean(false);
                w.WriteString(known.HostKey);
                w.WriteString(other.HostKey);
            }));
            await server.ExpectAsync(MessageNumber.GlobalRequest);
            var session = proof == "of another session" ? new byte[32] : server.SessionId;
            var signed = Build((ref w) =>
            {
                w.WriteString(ProofRequest);
                w.WriteString(session);
                w.WriteString(other.HostKey);
            });
            var signature = (proof == "by another key" ? known : other).SignWithHostKey(signed);
            await server.SendAsync(proof switch
            {
                "refused" => [MessageNumber.RequestFailure],
                "none" => [MessageNumber.RequestSuccess],
                "garbage" => [MessageNumber.RequestSuccess, 0xff, 0xff, 0xff, 0xff, 1, 2, 3],
                _ => Build((ref w) =>
                {
                    w.WriteByte(MessageNumber.RequestSuccess);
                    w.WriteString(signature);
                }),
            });
            await server.DrainAsync();
        });
        var line = $"[127.0.0.1]:{port.Port} ssh-ed25519 {Convert.ToBase64String(known.HostKey)}\n";
        var file = _folder.Write("known_hosts", line);
        await using (var connection = await SshConnector.ConnectAsync(
            await ConfigureAsync(port.Port, file), NoInteraction.Instance, NullLogger.Instance, Token))
        {
            await connection.HostKeys.WaitAsync(Patience, Token);
            Assert.False(connection.Ended.IsCompleted);
        }

        var text = await File.ReadAllTextAsync(file, Token);
        Assert.StartsWith(line, text, StringComparison.Ordinal);
        Assert.Equal(learned, text.Contains(Convert.ToBase64String(other.HostKey), StringComparison.Ordinal));
        if (!learned) Assert.Equal(line, text);
    }

    private static Task<HostConfiguration> ConfigureAsync(int port, string file) => HostConfiguration.LoadAsync(
        new HostQuery
        {
            Host = "127.0.0.1",
            Port = port,
            User = "me",
            ConfigFile = "none",
            Options =
            [
                "UpdateHostKeys=yes", "StrictHostKeyChecking=yes", $"UserKnownHostsFile={file}",
                "GlobalKnownHostsFile=none",
            ],
        },
        Token);
}
