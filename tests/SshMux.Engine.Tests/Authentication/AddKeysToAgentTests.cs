using System.Diagnostics;
using System.Runtime.Versioning;
using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Configuration;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>AddKeysToAgent, with a real ssh-agent and a real sshd.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class AddKeysToAgentTests(SharedSshd shared) : IClassFixture<SharedSshd>, IDisposable
{
    private readonly LoginFixture _login = new(shared.Server);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _login.Dispose();

    [Theory]
    [InlineData("ed25519", "ssh-keygen -m RFC4716")]
    [InlineData("ecdsa 256", "ssh-keygen -m RFC4716")]
    [InlineData("ecdsa 384", "ssh-keygen -m PEM")]
    [InlineData("ecdsa 521", "openssl ec -param_enc explicit -aes256")]
    [InlineData("rsa 2048", "ssh-keygen -m RFC4716")]
    [InlineData("rsa 2048", "ssh-keygen -m PKCS8")]
    [InlineData("ed25519", "puttygen -O private")]
    [InlineData("ecdsa 256", "puttygen -O private --ppk-param version=2")]
    [InlineData("rsa 2048", "puttygen -O private")]
    [InlineData("rsa 2048", "puttygen -O private-sshcom")]
    public async Task A_key_of_any_kind_is_in_the_agent_after_its_use(string type, string command)
    {
        var key = _login.Folder.File("key");
        await KeyFileMaker.WriteAsync(key, type, command, "secret");
        await File.WriteAllTextAsync(key + ".pub", await KeyFileMaker.PublicLineAsync(type), Token);
        await _login.AuthorizeAsync(key);
        using var agent = await TestAgent.StartWithAsync();
        string[] options = [$"IdentityFile={key}", $"IdentityAgent={agent.Socket}"];
        var user = new ScriptedInteraction("secret");
        await _login.AcceptedAsync(user, [.. options, "AddKeysToAgent=yes"]);
        await _login.AcceptedAsync(NoInteraction.Instance, options);

        await using var connection = await SshAgent.ConnectAsync(agent.Socket, Token);
        var added = Assert.Single(await connection.ListAsync(Token));
        var named = command.StartsWith("puttygen", StringComparison.Ordinal) ||
            command.EndsWith("RFC4716", StringComparison.Ordinal);
        Assert.Equal(named ? "test" : key, added.Comment);
        var signature = await added.SignAsync(added.SignatureAlgorithms[0], new byte[100], Token);
        Assert.True(SshPublicKey.Parse(added.PublicKey.Span)
            .VerifySignatureBlob(added.SignatureAlgorithms[0], new byte[100], signature));
    }

    [Fact]
    public async Task A_key_that_the_server_refuses_is_not_added()
    {
        var key = await _login.KeyAsync("key");
        using var agent = await TestAgent.StartWithAsync();
        await _login.FailAsync($"IdentityFile={key}", $"IdentityAgent={agent.Socket}", "AddKeysToAgent=yes");
        Assert.Equal(0, await CountAsync(agent));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Ask_asks_the_user(bool answer, int count)
    {
        var key = await _login.AuthorizedKeyAsync("key");
        using var agent = await TestAgent.StartWithAsync();
        var user = new ScriptedInteraction { Confirms = answer };
        await _login.AcceptedAsync(
            user, $"IdentityFile={key}", $"IdentityAgent={agent.Socket}", "AddKeysToAgent=ask");
        Assert.StartsWith($"Add key {key} (test) to agent?", Assert.Single(user.Questions), StringComparison.Ordinal);
        Assert.Equal(count, await CountAsync(agent));
    }

    [Fact]
    public async Task The_agent_forgets_the_key_after_its_lifetime()
    {
        var key = await _login.AuthorizedKeyAsync("key");
        using var agent = await TestAgent.StartWithAsync();
        await _login.AcceptedAsync($"IdentityFile={key}", $"IdentityAgent={agent.Socket}", "AddKeysToAgent=3");
        Assert.Equal(1, await CountAsync(agent));
        var watch = Stopwatch.StartNew();
        while (await CountAsync(agent) > 0)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "the key is still there");
            await Task.Delay(50, Token);
        }
    }

    [Fact]
    public async Task The_agent_confirms_each_use_if_it_is_to()
    {
        var key = await _login.AuthorizedKeyAsync("key");
        using var agent = await TestAgent.StartWithAsync();
        string[] options = [$"IdentityFile={key}", $"IdentityAgent={agent.Socket}"];
        await _login.AcceptedAsync([.. options, "AddKeysToAgent=confirm 1h"]);

        // Nobody is there to confirm.
        await using var connection = await SshAgent.ConnectAsync(agent.Socket, Token);
        var added = Assert.Single(await connection.ListAsync(Token));
        await Assert.ThrowsAsync<SshException>(async () => await added.SignAsync("ssh-ed25519", new byte[1], Token));
    }

    [Fact]
    public async Task An_agent_that_does_not_take_keys_does_not_concern_the_login()
    {
        var key = await _login.AuthorizedKeyAsync("key");
        using var agent = await TestAgent.StartWithAsync();
        var askpass = _login.Folder.Write("askpass", "#!/bin/sh\necho x\n");
        File.SetUnixFileMode(askpass, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await agent.AddWithAsync([$"SSH_ASKPASS={askpass}", "SSH_ASKPASS_REQUIRE=force"], "-x");
        await _login.AcceptedAsync($"IdentityFile={key}", $"IdentityAgent={agent.Socket}", "AddKeysToAgent=yes");
        Assert.Contains(_login.Log.Lines, line => line.StartsWith("could not add", StringComparison.Ordinal));
        await _login.AcceptedAsync($"IdentityFile={key}", "IdentityAgent=none", "AddKeysToAgent=yes");
    }

    [Theory]
    [InlineData("no", false, false, false, null)]
    [InlineData("true", true, false, false, null)]
    [InlineData("ask", true, true, false, null)]
    [InlineData("confirm", true, false, true, null)]
    [InlineData("confirm 5m", true, false, true, 300)]
    [InlineData("1h30m", true, false, false, 5400)]
    public void Values_are_read_as_ssh_reads_them(string value, bool on, bool asks, bool confirms, int? seconds)
    {
        var expected = new AddKeysToAgent(
            on, asks, confirms, seconds is { } time ? TimeSpan.FromSeconds(time) : null);
        Assert.Equal(expected, AddKeysToAgent.Parse(value));
    }

    [Theory]
    [InlineData("maybe")]
    [InlineData("confirm ask")]
    [InlineData("yes 5m")]
    public void Other_values_are_refused(string value)
    {
        var error = Assert.Throws<SshException>(() => AddKeysToAgent.Parse(value));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
    }

    private static async Task<int> CountAsync(TestAgent agent)
    {
        await using var connection = await SshAgent.ConnectAsync(agent.Socket, Token);
        return (await connection.ListAsync(Token)).Count;
    }
}
