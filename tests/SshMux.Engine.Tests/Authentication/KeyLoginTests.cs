using System.Runtime.Versioning;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Connecting;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Logins with keys, of files and of an agent, at a real sshd.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KeyLoginTests(SharedSshd shared) : ConnectorTestBase(shared)
{
    [Theory]
    [InlineData("ecdsa", "-b", "384")]
    [InlineData("rsa", "-m", "PEM")]
    [InlineData("rsa", "-m", "PKCS8")]
    [InlineData("ed25519", "-Z", "aes256-gcm@openssh.com")]
    public async Task Logs_in_with_an_encrypted_key_and_its_passphrase(string type, string option, string value)
    {
        await StartAsync();
        var key = await AuthorizeAsync("key", type, "secret", "-a", "2", option, value);
        var user = new ScriptedInteraction("wrong", "secret");
        using var log = new ListLogger();
        await using var connection = await SshConnector.ConnectAsync(
            await LoadAsync($"IdentityFile={key}"), user, log, Token);
        Assert.NotEmpty(log.Lines);
        Assert.DoesNotContain(log.Lines, line => line.Contains("secret", StringComparison.Ordinal));
        Assert.Equal(2, user.Prompts.Count);
        Assert.All(user.Prompts, prompt => Assert.Equal(
            (SecretKind.Passphrase, key, $"Enter passphrase for key '{key}': "),
            (prompt.Kind, prompt.Target, prompt.Text)));
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));
    }

    [Fact]
    public async Task No_passphrase_is_asked_for_a_key_that_the_server_would_refuse()
    {
        await StartAsync();
        foreach (var format in new[] { "RFC4716", "PEM" })
        {
            // PEM does not show its public key, the file beside it does.
            var key = Folder.File(format);
            await TestSshd.KeygenAsync(key, "rsa", "secret", "-m", format);
            var user = new ScriptedInteraction("secret");
            var error = await FailAsync(user, $"IdentityFile={key}");
            Assert.Empty(user.Prompts);
            Assert.Equal(SshError.AuthenticationFailed, error.Error);
            Assert.Contains($"refused {key}", error.Message, StringComparison.Ordinal);
            Assert.Contains("authorized_keys", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Logs_in_with_a_key_of_the_agent()
    {
        await StartAsync();
        var (authorized, other) = (await AuthorizeAsync("a", "rsa", ""), Folder.File("b"));
        await TestSshd.KeygenAsync(other, "ed25519");
        using var agent = await TestAgent.StartAsync(other, authorized);
        var socket = $"IdentityAgent={agent.Socket}";

        string[] anyKey = [socket, "IdentitiesOnly=no", "IdentityFile=none"];
        await using (var any = await ConnectAsync(NoInteraction.Instance, anyKey))
        {
            Assert.Equal("hi", await RunAsync(any, "echo hi"));
        }

        // The private key file is not needed; its public key says which of the agent's it is.
        File.Delete(authorized);
        await using (await ConnectAsync(NoInteraction.Instance, socket, $"IdentityFile={authorized}.pub"))
        {
        }

        var error = await FailAsync(NoInteraction.Instance, socket, $"IdentityFile={other}");
        Assert.DoesNotContain("agent", error.Message, StringComparison.Ordinal);
        Assert.Contains($"refused {other}", error.Message, StringComparison.Ordinal);
        error = await FailAsync(NoInteraction.Instance, socket, "IdentityFile=none");
        Assert.Contains("no private key to offer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_refuses_gives_way_to_the_file()
    {
        await StartAsync();
        var key = await AuthorizeAsync("a", "ed25519", "");
        using var agent = await TestAgent.StartAsync();
        // Without a program to confirm with, the agent refuses.
        await agent.AddAsync("-c", key);
        await using var connection = await ConnectAsync(
            NoInteraction.Instance, $"IdentityAgent={agent.Socket}", $"IdentityFile={key}");
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));
    }

    [Fact]
    public async Task A_dead_agent_does_not_matter_if_a_file_does_it_and_is_named_if_not()
    {
        await StartAsync();
        var socket = $"IdentityAgent={Folder.File("dead")}";
        await using (await ConnectAsync(NoInteraction.Instance, socket, $"IdentityFile={Sshd!.UserKey}"))
        {
        }

        var error = await FailAsync(NoInteraction.Instance, socket, "IdentityFile=none");
        Assert.Contains(Folder.File("dead"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_keys_log_in_where_the_server_wants_two()
    {
        await StartAsync("AuthenticationMethods publickey,publickey");
        var second = await AuthorizeAsync("second", "rsa", "");
        await using var connection = await ConnectAsync(
            NoInteraction.Instance, $"IdentityFile={Sshd!.UserKey}", $"IdentityFile={second}");
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));

        var error = await FailAsync(NoInteraction.Instance, $"IdentityFile={Sshd.UserKey}");
        Assert.Contains("wants another", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_keys_are_named_as_the_reason()
    {
        await StartAsync("MaxAuthTries 2");
        var keys = new[] { "a", "b", "c", "d" }.Select(Folder.File).ToArray();
        foreach (var key in keys) await TestSshd.KeygenAsync(key, "ed25519");
        using var agent = await TestAgent.StartAsync(keys);
        var error = await FailAsync(
            NoInteraction.Instance, $"IdentityAgent={agent.Socket}", "IdentitiesOnly=no", "IdentityFile=none");
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
        Assert.Contains("Too many authentication failures", error.Message, StringComparison.Ordinal);
        Assert.Contains("IdentitiesOnly", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unusable_keys_are_named_and_a_short_banner_is_shown()
    {
        var banner = Folder.Write("banner", "authorized use only\n");
        await StartAsync($"Banner {banner}");
        var damaged = Folder.Write("damaged", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n");
        File.SetUnixFileMode(damaged, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var user = new ScriptedInteraction();
        var error = await FailAsync(user, $"IdentityFile={damaged}");
        Assert.Contains(damaged, error.Message, StringComparison.Ordinal);
        Assert.Equal(["authorized use only"], user.Messages);
    }

    [Theory]
    [InlineData("PubkeyAcceptedAlgorithms=rsa-sha2-256", "rsa-sha2-256")]
    [InlineData("PubkeyAcceptedAlgorithms=rsa-sha2-*", "rsa-sha2-256")] // ssh -G's order of what matches
    [InlineData("PubkeyAcceptedAlgorithms=rsa-sha2-512,rsa-sha2-256", "rsa-sha2-512")]
    public async Task The_signature_algorithm_is_the_one_allowed(string option, string algorithm)
    {
        await StartAsync();
        var key = await AuthorizeAsync("key", "rsa", "");
        using var log = new ListLogger();
        await using var connection = await SshConnector.ConnectAsync(
            await LoadAsync(option, $"IdentityFile={key}"), NoInteraction.Instance, log, Token);
        Assert.Contains(
            log.Lines, line => line.Contains($"signing with {key}: {algorithm} ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_without_an_allowed_algorithm_is_not_offered()
    {
        await StartAsync();
        var error = await FailAsync(
            NoInteraction.Instance, $"IdentityFile={Sshd!.UserKey}", "PubkeyAcceptedAlgorithms=rsa-sha2-256");
        Assert.Contains("PubkeyAcceptedAlgorithms", error.Message, StringComparison.Ordinal);
    }
}
