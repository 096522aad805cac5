using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport.Algorithms;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>Ways to a host that lead nowhere, and hosts that are not quite what they should be.</summary>
public sealed class WayTests(SharedSshd shared) : IClassFixture<SharedSshd>, IDisposable
{
    private readonly LoginFixture _login = new(shared.Server);

    private TestSshd Sshd => shared.Server;

    public void Dispose() => _login.Dispose();

    [Fact]
    public async Task A_jump_host_that_cannot_be_reached_is_named()
    {
        var dead = TestSshd.FreePort();
        var error = await _login.FailAsync(SshError.ConnectionRefused, $"ProxyJump=127.0.0.2:{dead}");
        Assert.StartsWith("jump host 127.0.0.2: connect to host ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_a_jump_host_cannot_reach_names_the_jump_host_and_leaves_nothing_there()
    {
        // Only for the target: the jump host is named by its address.
        var file = _login.Folder.Write("config", $"""
            Host x
              HostName 127.0.0.1
              Port {TestSshd.FreePort()}
              ProxyJump 127.0.0.1:{Sshd.Port}

            """ + await File.ReadAllTextAsync(Sshd.SshConfig, TestContext.Current.CancellationToken));
        var configuration = await Engine.Configuration.SshConfig.HostConfiguration.LoadAsync(
            new() { Host = "x", ConfigFile = file }, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<SshException>(() => SshConnector.ConnectAsync(
            configuration,
            Engine.Authentication.Interaction.NoInteraction.Instance,
            _login.Log,
            TestContext.Current.CancellationToken));
        Assert.Equal(SshError.ChannelOpenRefused, error.Error);
        Assert.StartsWith("jump host 127.0.0.1: the server refused to open ", error.Message, StringComparison.Ordinal);
        Assert.Contains("jumping over 127.0.0.1 to x", _login.Log.Lines);
    }

    [Theory]
    [InlineData()]
    [InlineData("ControlPath=/tmp/%C", "ControlPersist=yes")] // a master that stays
    public async Task Through_a_program_the_servers_address_is_not_known(params string[] options)
    {
        const string proxy = "ProxyCommand=socat - TCP:%h:%p";
        await using var connection = await _login.ConnectAsync([proxy, $"IdentityFile={Sshd.UserKey}", .. options]);
        Assert.Contains("Authenticated to 127.0.0.1 (via proxy) using \"publickey\".", _login.Log.Lines);
        Assert.Contains($"Executing proxy command: exec socat - TCP:127.0.0.1:{Sshd.Port}", _login.Log.Lines);
    }

    [Fact]
    public async Task A_host_with_another_key_than_it_had_gets_no_password()
    {
        // StrictHostKeyChecking=no lets the user in, but not with what somebody in the middle could take.
        var other = await _login.KeyAsync("other");
        var key = await File.ReadAllTextAsync(other + ".pub", TestContext.Current.CancellationToken);
        var known = _login.Folder.Write("known_hosts", $"[127.0.0.1]:{Sshd.Port} {key}");
        string[] options =
        [
            $"UserKnownHostsFile={known}", "StrictHostKeyChecking=no", "PreferredAuthentications=publickey,password",
        ];
        await using (await _login.ConnectAsync([.. options, $"IdentityFile={Sshd.UserKey}"]))
        {
        }

        var user = new ScriptedInteraction("secret");
        await _login.FailAsync(user, options);
        Assert.Empty(user.Prompts);
    }

    [Fact]
    public async Task An_address_of_another_family_than_the_hosts_is_no_way()
    {
        var error = await _login.FailAsync(SshError.ConnectionFailed, "BindAddress=::1", $"IdentityFile={Sshd.UserKey}");
        Assert.Contains("BindAddress ::1 is of another address family", error.Message, StringComparison.Ordinal);
        error = await _login.FailAsync(SshError.HostNotFound, "AddressFamily=inet", "HostName=::1");
        Assert.Contains("of the family IPv4", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "curve25519-sha256", true)]
    [InlineData("curve25519-sha256", "curve25519-sha256", false)] // somebody's choice
    [InlineData(null, "sntrup761x25519-sha512", false)]
    public async Task A_key_exchange_that_is_not_post_quantum_is_told_of_if_nobody_chose_it(
        string? chosen, string method, bool warns)
    {
        var configuration = await _login.LoadAsync(chosen is null ? [] : [$"KexAlgorithms={chosen}"]);
        var algorithms = new NegotiatedAlgorithms
        {
            KeyExchange = method,
            HostKey = "ssh-ed25519",
            CipherIn = "aes128-ctr",
            CipherOut = "aes128-ctr",
            StrictKeyExchange = true,
        };
        WeakCryptoWarning.Give(configuration, algorithms, _login.Log);
        Assert.Equal(warns, _login.Log.Lines.Any(line => line.Contains("post-quantum", StringComparison.Ordinal)));
        var silenced = await _login.LoadAsync("WarnWeakCrypto=no");
        var before = _login.Log.Lines.Count;
        WeakCryptoWarning.Give(silenced, algorithms, _login.Log);
        Assert.Equal(before, _login.Log.Lines.Count);
    }
}
