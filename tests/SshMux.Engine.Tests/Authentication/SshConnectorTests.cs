using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Connecting;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Logins at a real sshd, from the configuration on.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SshConnectorTests(SharedSshd shared) : IClassFixture<SharedSshd>, IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private TestSshd? _own;
    private TestSshd? _sshd;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_own is not null) await _own.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Logs_in_with_the_configured_key_and_runs_a_command()
    {
        await StartAsync();
        await using var connection = await ConnectAsync(NoInteraction.Instance);
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));
    }

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
            var key = _folder.File(format);
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
        var (authorized, other) = (await AuthorizeAsync("a", "rsa", ""), _folder.File("b"));
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
        var socket = $"IdentityAgent={_folder.File("dead")}";
        await using (await ConnectAsync(NoInteraction.Instance, socket, $"IdentityFile={_sshd!.UserKey}"))
        {
        }

        var error = await FailAsync(NoInteraction.Instance, socket, "IdentityFile=none");
        Assert.Contains(_folder.File("dead"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_keys_log_in_where_the_server_wants_two()
    {
        await StartAsync("AuthenticationMethods publickey,publickey");
        var second = await AuthorizeAsync("second", "rsa", "");
        await using var connection = await ConnectAsync(
            NoInteraction.Instance, $"IdentityFile={_sshd!.UserKey}", $"IdentityFile={second}");
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));

        var error = await FailAsync(NoInteraction.Instance, $"IdentityFile={_sshd.UserKey}");
        Assert.Contains("wants another", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_keys_are_named_as_the_reason()
    {
        await StartAsync("MaxAuthTries 2");
        var keys = new[] { "a", "b", "c", "d" }.Select(_folder.File).ToArray();
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
        var banner = _folder.Write("banner", "authorized use only\n");
        await StartAsync($"Banner {banner}");
        var damaged = _folder.Write("damaged", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n");
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
            NoInteraction.Instance, $"IdentityFile={_sshd!.UserKey}", "PubkeyAcceptedAlgorithms=rsa-sha2-256");
        Assert.Contains("PubkeyAcceptedAlgorithms", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_host_is_added_and_then_known_to_ssh()
    {
        await StartAsync();
        var file = _folder.File("known_hosts");
        var user = new ScriptedInteraction { Confirms = true };
        string[] options = [$"UserKnownHostsFile={file}", "StrictHostKeyChecking=ask", "HashKnownHosts=yes"];
        await using (await ConnectAsync(user, options))
        {
        }

        Assert.Contains("127.0.0.1", Assert.Single(user.Questions), StringComparison.Ordinal);
        var ssh = await ProcessResult.RunAsync(
            "ssh", ["-F", _sshd!.SshConfig, "-o", options[0], "-o", "StrictHostKeyChecking=yes", "x", "true"]);
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
        var known = _folder.Write(
            "known", $"[127.0.0.1]:{_sshd!.Port} {File.ReadAllText(_sshd.Folder.File($"host_{type}.pub"))}");
        await using var connection = await ConnectAsync(NoInteraction.Instance, $"UserKnownHostsFile={known}");
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));
    }

    [Fact]
    public async Task A_changed_host_key_is_refused_before_anything_is_sent()
    {
        await StartAsync();
        var known = _folder.Write(
            "known", $"[127.0.0.1]:{_sshd!.Port} {File.ReadAllText(_sshd.UserKey + ".pub")}");
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
    public async Task A_host_that_does_not_exist_is_named()
    {
        var error = await FailAsync(NoInteraction.Instance, "HostName=no-such-host.invalid");
        Assert.Equal(SshError.HostNotFound, error.Error);
        Assert.StartsWith("Could not resolve hostname no-such-host.invalid: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_named()
    {
        var port = TestSshd.FreePort();
        var error = await FailAsync(NoInteraction.Instance, "HostName=127.0.0.1", $"Port={port}");
        Assert.Equal(SshError.ConnectionRefused, error.Error);
        Assert.StartsWith(
            $"connect to host 127.0.0.1 port {port}: Connection refused; ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_says_nothing_runs_into_the_time_limit()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var watch = Stopwatch.StartNew();
        var error = await FailAsync(NoInteraction.Instance, "HostName=127.0.0.1", $"Port={port}", "ConnectTimeout=1");
        Assert.Equal(SshError.ConnectionTimeout, error.Error);
        Assert.Contains(
            $"Connection timed out during banner exchange: Connection to 127.0.0.1 port {port} timed out; no SSH server " +
            "answered within the ConnectTimeout of 1 seconds: is it the right port", error.Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_host_that_does_not_answer_runs_into_the_time_limit_whatever_ConnectionAttempts_says()
    {
        using var silent = await SilentListener.StartAsync(IPAddress.Loopback);
        var watch = Stopwatch.StartNew();
        var error = await FailAsync(
            NoInteraction.Instance, "HostName=127.0.0.1", $"Port={silent.EndPoint.Port}", "ConnectTimeout=1",
            "ConnectionAttempts=5");
        Assert.Equal(SshError.ConnectionTimeout, error.Error);
        Assert.StartsWith(
            $"connect to host 127.0.0.1 port {silent.EndPoint.Port}: Connection timed out; there was no answer " +
            "within the ConnectTimeout of 1 seconds: is the host up", error.Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_ProxyCommand_that_says_nothing_runs_into_the_time_limit_and_is_named()
    {
        var error = await FailAsync(
            NoInteraction.Instance, "HostName=127.0.0.1", "ProxyCommand=sleep 60", "ConnectTimeout=1");
        Assert.Equal(SshError.ConnectionTimeout, error.Error);
        Assert.Contains("ProxyCommand 'sleep 60'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_limit_does_not_count_while_the_user_looks_at_the_host_key()
    {
        await StartAsync();
        // Wide enough for a busy machine to shake hands within the limit.
        var user = new SlowInteraction(TimeSpan.FromSeconds(6));
        await using var connection = await ConnectAsync(
            user, "ConnectTimeout=5", "StrictHostKeyChecking=ask", $"UserKnownHostsFile={_folder.File("new")}");
        Assert.Equal("hi", await RunAsync(connection, "echo hi"));
    }

    [Fact]
    public async Task Connecting_can_be_cancelled()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var config = await LoadAsync("HostName=127.0.0.1", $"Port={port}");
        using var cancel = new CancellationTokenSource();
        var connecting = SshConnector.ConnectAsync(config, NoInteraction.Instance, NullLogger.Instance, cancel.Token);
        using var accepted = await listener.AcceptSocketAsync(Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);

        // Nothing is left behind: the socket is closed.
        var buffer = new byte[1000];
        while (await accepted.ReceiveAsync(buffer, Token) > 0)
        {
        }
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

    /// <summary>Uses the server that the tests share, or one of its own if it needs a configuration.</summary>
    private async Task StartAsync(string config = "")
    {
        if (config.Length > 0) _own = await TestSshd.StartAsync(config);
        _sshd = _own ?? shared.Server;
    }

    private async Task<string> AuthorizeAsync(string name, string type, string passphrase, params string[] more)
    {
        var key = _folder.File(name);
        await TestSshd.KeygenAsync(key, type, passphrase, more);
        await File.AppendAllTextAsync(_sshd!.AuthorizedKeys, await File.ReadAllTextAsync(key + ".pub", Token), Token);
        return key;
    }

    private async Task<HostConfiguration> LoadAsync(params string[] options)
    {
        // An IdentityFile of the test takes the place of the one in the file.
        var file = _sshd?.SshConfig ?? "none";
        if (options.Any(option => option.StartsWith("IdentityFile", StringComparison.Ordinal)))
        {
            var lines = (await File.ReadAllLinesAsync(file, Token))
                .Where(line => !line.TrimStart().StartsWith("IdentityFile", StringComparison.Ordinal));
            file = _folder.Write("config", string.Join('\n', lines) + "\n");
        }

        return await HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = file, Options = options }, Token);
    }

    private async Task<SshConnection> ConnectAsync(IUserInteraction user, params string[] options) =>
        await SshConnector.ConnectAsync(await LoadAsync(options), user, NullLogger.Instance, Token);

    private async Task<SshException> FailAsync(IUserInteraction user, params string[] options) =>
        await Assert.ThrowsAsync<SshException>(() => ConnectAsync(user, options));

    private static async Task<string> RunAsync(SshConnection connection, string command)
    {
        await using var process = await connection.StartAsync(new SessionRequest { Command = command }, Token);
        using var reader = new StreamReader(process.StandardOutput);
        return (await reader.ReadToEndAsync(Token)).TrimEnd();
    }
}
