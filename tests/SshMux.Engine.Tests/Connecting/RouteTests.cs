using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Streams;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Connecting;

/// <summary>The ways to a host, as the cmdlets use them.</summary>
public sealed class RouteTests : IAsyncLifetime
{
    private TestSshd _sshd = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sshd = await TestSshd.StartAsync();

    public ValueTask DisposeAsync() => _sshd.DisposeAsync();

    [Theory]
    [InlineData("a", "a", null, null, null)]
    [InlineData("u@a:33", "a", "u", 33, null)]
    [InlineData("b,c,u@v@a", "a", "u@v", null, "b,c")]
    [InlineData("b, [::1]:44", "::1", null, 44, "b")]
    [InlineData("ssh://b,ssh://u%20x@[::1]:44", "::1", "u x", 44, "ssh://b")]
    public void The_hops_are_read(string text, string host, string? user, int? port, string? before) =>
        Assert.Equal((new JumpHost(host, user, port), before), JumpHost.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("a,")]
    [InlineData("@a")]
    [InlineData("a:0")]
    [InlineData("a:b")]
    [InlineData("[::1")]
    [InlineData("[::1]44")]
    public void What_is_no_hop_is_an_error(string text) => Assert.Equal(
        SshError.ConfigurationInvalid, Assert.Throws<SshException>(() => JumpHost.Parse(text)).Error);

    [Theory]
    [InlineData("-oProxyCommand=x")]
    [InlineData("a;b")]
    [InlineData("ssh://a$(b)")]
    [InlineData("u`b`@a")]
    [InlineData("-l@a")]
    public void A_hop_that_a_shell_would_take_for_more_is_not_logged_in_to(string text) => Assert.Equal(
        SshError.ConfigurationInvalid,
        Assert.Throws<SshException>(() => JumpHost.Parse(text).Last.DemandValidNames()).Error);

    [Fact]
    public async Task A_jump_host_gets_its_own_answers()
    {
        // The jump host asks for the key's passphrase; the host itself is asked for nothing.
        var key = _sshd.Folder.File("locked");
        await TestSshd.KeygenAsync(key, "ed25519", "open");
        await File.AppendAllTextAsync(_sshd.AuthorizedKeys, await File.ReadAllTextAsync(key + ".pub", Token), Token);
        var config = _sshd.Folder.Write(
            "jump", $"Host hop\n  IdentityFile {key}\n" + await File.ReadAllTextAsync(_sshd.SshConfig, Token));
        var text = (await File.ReadAllTextAsync(config, Token)).Replace(
            $"  IdentityFile {_sshd.UserKey}", $"Match originalhost x\n  IdentityFile {_sshd.UserKey}\nHost *",
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(config, text, Token);

        var forHost = new Answers("wrong");
        await using var connection = await ConnectAsync(config, forHost, "ProxyJump=hop");
        Assert.Equal("hop", forHost.JumpHost);
        Assert.Empty(forHost.Prompts);
        Assert.Contains(key, Assert.Single(forHost.Hop.Prompts), StringComparison.Ordinal);
        await using var stream = await connection.OpenStreamAsync("127.0.0.1", _sshd.Port, Token);
    }

    [Fact]
    public async Task An_address_of_an_interface_is_used()
    {
        await using var connection = await ConnectAsync(_sshd.SshConfig, NoInteraction.Instance, "BindInterface=lo");
        await Assert.ThrowsAsync<SshException>(
            () => ConnectAsync(_sshd.SshConfig, NoInteraction.Instance, "BindInterface=nothere"));
    }

    [Fact]
    public async Task A_server_that_comes_late_is_tried_again()
    {
        // Reserved, so that nobody else takes the port, and silent, until the first attempt has failed.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        using var log = new ListLogger();
        var query = Query(_sshd.SshConfig, $"Port={port}", "ConnectionAttempts=50", "ConnectTimeout=30");
        var config = await HostConfiguration.LoadAsync(query, Token);
        var connecting = SshConnector.ConnectAsync(config, NoInteraction.Instance, log, Token);
        while (!log.Lines.Any(line => line.Contains("failed", StringComparison.Ordinal)))
        {
            Assert.False(connecting.IsCompleted);
            await Task.Delay(10, Token);
        }

        socket.Listen();
        using var client = await socket.AcceptAsync(Token);
        client.Close();
        await Assert.ThrowsAsync<SshException>(() => connecting);
    }

    private static HostQuery Query(string config, params string[] options) =>
        new() { Host = "x", ConfigFile = config, Options = options };

    private static async Task<SshConnection> ConnectAsync(
        string config, IUserInteraction interaction, params string[] options) =>
        await SshConnector.ConnectAsync(
            await HostConfiguration.LoadAsync(Query(config, options), Token), interaction, NullLogger.Instance, Token);

    private sealed class Answers(string answer) : IUserInteraction
    {
        public List<string> Prompts { get; } = [];

        public string? JumpHost { get; private set; }

        public Answers Hop { get; private set; } = null!;

        public IUserInteraction ForJumpHost(string host)
        {
            JumpHost = host;
            return Hop = new Answers("open");
        }

        public ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken)
        {
            Prompts.Add(prompt.Text);
            return ValueTask.FromResult<Secret?>(new Secret(answer));
        }

        public ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken) =>
            ValueTask.FromResult(false);

        public void ShowMessage(string text)
        {
        }
    }
}
