using System.Runtime.Versioning;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Keys;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>What ssh-agent and a real sshd know of: bound signatures, keys for some hosts only, tokens.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class AgentLoginTests(AgentLoginTests.Server server) : IClassFixture<AgentLoginTests.Server>, IDisposable
{
    private const string Bound = "publickey-hostbound-v00@openssh.com";
    private const string TokenProvider = "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so";
    private const string Pkcs11Provider = "/usr/lib/softhsm/libsofthsm2.so";

    private readonly LoginFixture _login = new(server.Sshd);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _login.Dispose();

    [Fact]
    public async Task Signatures_name_the_host_key_unless_the_configuration_forbids_it()
    {
        var key = await _login.AuthorizedKeyAsync("key");
        using var agent = await TestAgent.StartAsync(key);
        foreach (var (setting, isBound) in new[] { ("yes", true), ("host-bound", true), ("unbound", false) })
        {
            foreach (var holder in new[] { $"IdentityFile={key}", $"IdentityAgent={agent.Socket}" })
            {
                var before = server.Sshd.Log.Length;
                await _login.AcceptedAsync($"PubkeyAuthentication={setting}", $"IdentityFile={key}", holder);
                var log = server.Sshd.Log[before..];
                Assert.Equal(isBound, log.Contains($"method {Bound}", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task A_key_for_one_host_logs_in_there_and_nowhere_else()
    {
        var key = await _login.AuthorizedKeyAsync("key");
        await using var other = await TestSshd.StartAsync();
        using var login = new LoginFixture(other);
        await login.AuthorizeAsync(key);
        using var agent = await TestAgent.StartWithAsync();
        var here = $"[127.0.0.1]:{server.Sshd.Port}";

        // All test servers have the same host keys; this one gets its own.
        await TestSshd.KeygenAsync(login.Folder.File("host"), "ed25519");
        await using var third = await TestSshd.StartAsync(
            $"HostKey {login.Folder.File("host")}\nHostKeyAlgorithms ssh-ed25519");
        var name = $"[127.0.0.1]:{third.Port}";
        await File.WriteAllTextAsync(
            third.KnownHosts, $"{name} {await File.ReadAllTextAsync(login.Folder.File("host.pub"), Token)}", Token);
        using var elsewhere = new LoginFixture(third);
        await elsewhere.AuthorizeAsync(key);

        await agent.AddAsync("-H", server.Sshd.KnownHosts, "-h", here, key);
        var socket = $"IdentityAgent={agent.Socket}";
        await _login.AcceptedAsync(socket, "IdentitiesOnly=no");
        var error = await elsewhere.FailAsync(socket, "IdentitiesOnly=no");
        Assert.Contains("Permission denied (", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Accepted", third.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_offered_in_sshs_order()
    {
        var keys = new List<string>();
        foreach (var name in new[] { "file1", "both1", "agent1", "both2", "file2", "agent2" })
        {
            keys.Add(await _login.KeyAsync(name));
        }

        string[] inAgent = [keys[2], keys[1], keys[5], keys[3]];
        using var agent = await TestAgent.StartAsync(inAgent);
        var files = new[] { keys[0], keys[3], keys[1], keys[4] }.Select(file => $"IdentityFile={file}");
        var before = server.Sshd.Log.Length;
        await _login.FailAsync([$"IdentityAgent={agent.Socket}", "IdentitiesOnly=no", .. files]);

        // Those of the agent that are configured, in its order; its others; the files.
        string[] expected = [keys[1], keys[3], keys[2], keys[5], keys[0], keys[4]];
        Assert.Equal(await FingerprintsAsync(expected), Failed(server.Sshd.Log[before..]));
    }

    [Fact]
    public async Task With_too_many_keys_the_error_says_what_to_do()
    {
        List<string> keys = [];
        for (var i = 0; i < 7; i++) keys.Add(await _login.KeyAsync($"k{i}"));
        using var agent = await TestAgent.StartAsync([.. keys]);
        var error = await _login.FailAsync($"IdentityAgent={agent.Socket}", "IdentitiesOnly=no");
        Assert.Contains("Too many authentication failures", error.Message, StringComparison.Ordinal);
        Assert.Contains("IdentitiesOnly=yes and IdentityFile", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ed25519-sk", "sk-ssh-ed25519@openssh.com")]
    [InlineData("ecdsa-sk", "sk-ecdsa-sha2-nistp256@openssh.com")]
    public async Task A_key_on_a_FIDO_token_logs_in_through_the_agent(string type, string algorithm)
    {
        if (!File.Exists(TokenProvider)) Assert.Skip("openssh-tests is not installed: it has the token's stand-in");
        var key = await _login.KeyAsync("key", type, "", "-w", TokenProvider);
        await _login.AuthorizeAsync(key);
        using var agent = await TestAgent.StartWithAsync();

        var error = await _login.FailAsync(SshError.KeyUnusable, $"IdentityFile={key}");
        Assert.Contains("add it to the agent with ssh-add", error.Message, StringComparison.Ordinal);

        await agent.AddAsync("-S", TokenProvider, key);
        await _login.AcceptedAsync($"IdentityFile={key}", $"IdentityAgent={agent.Socket}");
        await _login.AcceptedAsync("IdentitiesOnly=no", $"IdentityAgent={agent.Socket}");
        Assert.Contains(
            _login.Log.Lines, line => line.StartsWith($"signing with {key}: {algorithm} ", StringComparison.Ordinal));

        await _login.CertifyAsync(server.Authority, key);
        await agent.AddAsync("-D");
        await agent.AddAsync("-S", TokenProvider, key);
        await File.WriteAllTextAsync(server.Sshd.AuthorizedKeys, "", Token);
        Assert.Contains(
            "-CERT", await _login.AcceptedAsync($"IdentityFile={key}", $"IdentityAgent={agent.Socket}"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_on_a_PKCS11_token_log_in_through_the_agent()
    {
        if (!File.Exists(Pkcs11Provider)) Assert.Skip("softhsm2 is not installed: it has the token");
        var configuration = _login.Folder.Write(
            "softhsm2.conf", $"directories.tokendir = {_login.Folder.Path}/tokens\n");
        Directory.CreateDirectory(_login.Folder.File("tokens"));
        var variable = $"SOFTHSM2_CONF={configuration}";
        async Task RunTokenAsync(params string[] arguments)
        {
            var result = await ProcessResult.RunAsync("env", [variable, "softhsm2-util", .. arguments]);
            Assert.True(result.ExitCode == 0, result.ErrorOutput);
        }

        await RunTokenAsync("--init-token", "--free", "--label", "test", "--pin", "1234", "--so-pin", "12345678");
        List<string> keys = [];
        foreach (var (type, id) in new[] { ("rsa", "01"), ("ecdsa", "02") })
        {
            keys.Add(await _login.AuthorizedKeyAsync(type, type, "", "-m", "PKCS8"));
            await RunTokenAsync("--token", "test", "--pin", "1234", "--label", id, "--id", id, "--import", keys[^1]);
            File.Delete(keys[^1]);
        }

        using var agent = await TestAgent.StartWithAsync(("SOFTHSM2_CONF", configuration));
        var askpass = _login.Folder.Write("askpass", "#!/bin/sh\necho 1234\n");
        File.SetUnixFileMode(askpass, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await agent.AddWithAsync([$"SSH_ASKPASS={askpass}", "SSH_ASKPASS_REQUIRE=force"], "-s", Pkcs11Provider);
        foreach (var key in keys)
        {
            await _login.AcceptedAsync($"IdentityFile={key}.pub", $"IdentityAgent={agent.Socket}");
        }
    }

    /// <summary>The fingerprints of the keys that the server refused, in its order.</summary>
    private static string[] Failed(string log) =>
    [
        .. log.Split('\n')
            .Where(line => line.StartsWith("Failed publickey", StringComparison.Ordinal))
            .Select(line => line[line.IndexOf("SHA256:", StringComparison.Ordinal)..].Trim()),
    ];

    private static async Task<string[]> FingerprintsAsync(string[] keys)
    {
        List<string> fingerprints = [];
        foreach (var key in keys)
        {
            var blob = Convert.FromBase64String((await File.ReadAllTextAsync(key + ".pub", Token)).Split(' ')[1]);
            fingerprints.Add(SshPublicKey.Parse(blob).Fingerprint);
        }

        return [.. fingerprints];
    }

    /// <summary>A server that tells what methods are used.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private readonly TestFolder _folder = new();

        internal TestSshd Sshd { get; private set; } = null!;

        internal string Authority => _folder.File("ca");

        public async ValueTask InitializeAsync()
        {
            await TestSshd.KeygenAsync(Authority, "ed25519");
            Sshd = await TestSshd.StartAsync($"LogLevel DEBUG1\nTrustedUserCAKeys {Authority}.pub");
        }

        public async ValueTask DisposeAsync()
        {
            await Sshd.DisposeAsync();
            _folder.Dispose();
        }
    }
}
