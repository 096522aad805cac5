using System.Runtime.Versioning;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>Connections to a real sshd, from the configuration on.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SshConnectorTests(SharedSshd shared) : ConnectorTestBase(shared)
{
    [Fact]
    public async Task Logs_in_with_the_configured_key_and_runs_a_command()
    {
        await StartAsync();
        await using var connection = await ConnectAsync(NoInteraction.Instance);
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));
    }

    [Fact]
    public async Task A_new_host_is_added_and_then_known_to_ssh()
    {
        await StartAsync();
        var file = Folder.File("known_hosts");
        var user = new ScriptedInteraction { Confirms = true };
        string[] options = [$"UserKnownHostsFile={file}", "StrictHostKeyChecking=ask", "HashKnownHosts=yes"];
        await using (await ConnectAsync(user, options))
        {
        }

        Assert.Contains("127.0.0.1", Assert.Single(user.Questions), StringComparison.Ordinal);
        var ssh = await ProcessResult.RunAsync(
            "ssh", ["-F", Sshd!.SshConfig, "-o", options[0], "-o", "StrictHostKeyChecking=yes", "x", "true"]);
        Assert.Equal(0, ssh.ExitCode);
        await using (await ConnectAsync(NoInteraction.Instance, options))
        {
        }
    }

    [Theory]
    [InlineData("ecdsa")]
    [InlineData("rsa")]
    public async Task The_host_is_asked_for_the_key_that_is_known(string type)
    {
        await StartAsync();
        var known = Folder.Write(
            "known", $"[127.0.0.1]:{Sshd!.Port} {File.ReadAllText(Sshd.Folder.File($"host_{type}.pub"))}");
        await using var connection = await ConnectAsync(NoInteraction.Instance, $"UserKnownHostsFile={known}");
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));
    }

    [Fact]
    public async Task A_changed_host_key_is_refused_before_anything_is_sent()
    {
        await StartAsync();
        var known = Folder.Write(
            "known", $"[127.0.0.1]:{Sshd!.Port} {File.ReadAllText(Sshd.UserKey + ".pub")}");
        using var log = new ListLogger();
        var config = await LoadAsync($"UserKnownHostsFile={known}");
        var error = await Assert.ThrowsAsync<SshException>(
            () => SshConnector.ConnectAsync(config, NoInteraction.Instance, log, Token));
        Assert.Equal(SshError.HostKeyChanged, error.Error);
        Assert.Contains($"{known}:1", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Lines, line => line.Contains("signing", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Ciphers=aes256-ctr", "MACs=hmac-sha2-512")]
    [InlineData("Ciphers=^aes256-gcm@openssh.com", "KexAlgorithms=ecdh-sha2-nistp521")]
    [InlineData("Ciphers=-aes*gcm*", "HostKeyAlgorithms=rsa-sha2-256")]
    public async Task Configured_algorithms_are_used(string one, string two)
    {
        await StartAsync();
        await using var connection = await ConnectAsync(NoInteraction.Instance, one, two);
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));
    }

    [Fact]
    public async Task Algorithms_of_which_none_is_supported_are_named()
    {
        await StartAsync();
        var error = await FailAsync(NoInteraction.Instance, "Ciphers=3des-cbc");
        Assert.Equal(SshError.NoCommonAlgorithm, error.Error);
        Assert.Contains("Ciphers", error.Message, StringComparison.Ordinal);
        Assert.Contains("3des-cbc", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RevokedHostKeys=/x", "RevokedHostKeys")]
    [InlineData("KnownHostsCommand=/x", "KnownHostsCommand")]
    public async Task What_cannot_be_asked_about_a_host_key_refuses_it_by_name(string option, string named)
    {
        await StartAsync();
        var error = await FailAsync(NoInteraction.Instance, option);
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_local_address_is_bound_and_must_fit()
    {
        await StartAsync();
        await using (var connection = await ConnectAsync(NoInteraction.Instance, "BindAddress=127.0.0.9"))
        {
            Assert.StartsWith("127.0.0.9 ", await RunAsync(connection, "echo $SSH_CLIENT"), StringComparison.Ordinal);
        }

        var error = await FailAsync(NoInteraction.Instance, "BindAddress=::1");
        Assert.Equal(SshError.ConnectionFailed, error.Error);
        error = await FailAsync(NoInteraction.Instance, "BindAddress=192.0.2.1");
        Assert.Equal(SshError.ConnectionFailed, error.Error);
        Assert.EndsWith("is BindAddress 192.0.2.1 one of this machine?", error.Message, StringComparison.Ordinal);
        error = await FailAsync(NoInteraction.Instance, "AddressFamily=inet6");
        Assert.Equal(SshError.HostNotFound, error.Error);
    }
}
