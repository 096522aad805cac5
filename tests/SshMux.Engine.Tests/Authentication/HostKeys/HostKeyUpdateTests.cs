using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Authentication.HostKeys;

/// <summary>UpdateHostKeys, with a real sshd that has three keys.</summary>
public sealed class HostKeyUpdateTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private TestSshd _sshd = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Known => _folder.File("known_hosts");

    private string Name => $"[127.0.0.1]:{_sshd.Port}";

    public async ValueTask InitializeAsync() => _sshd = await TestSshd.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _sshd.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("no", false)]
    [InlineData("ask", true)]
    [InlineData("ask", false)]
    public async Task Keys_that_the_server_proves_are_learned_and_others_forgotten(string value, bool learns)
    {
        var before = $"# mine\n{Name} {Key("ed25519")}\n{Name} {await OldKeyAsync()}\n";
        _folder.Write("known_hosts", before);
        var user = new ScriptedInteraction { Confirms = learns };
        var log = await ConnectAsync(user, $"UpdateHostKeys={value}");
        Assert.Equal(
            learns
                ? $"# mine\n{Name} {Key("ed25519")}\n{Name} {Key("ecdsa")}\n{Name} {Key("rsa")}\n"
                : before,
            await File.ReadAllTextAsync(Known, Token));
        if (value == "ask")
        {
            var question = Assert.Single(user.Questions);
            Assert.Contains("Learned new hostkey: RSA SHA256:", question, StringComparison.Ordinal);
            Assert.Contains("Deprecating obsolete hostkey: ED25519 SHA256:", question, StringComparison.Ordinal);
        }
        else
        {
            Assert.Empty(user.Questions);
            Assert.Equal(learns, log.Any(line => line.Contains("Learned new hostkey: RSA", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Only_keys_of_the_types_that_are_allowed_count()
    {
        _folder.Write("known_hosts", $"{Name} {Key("ed25519")}\n{Name} {Key("rsa")}\n");
        await ConnectAsync(NoInteraction.Instance, "HostKeyAlgorithms=ssh-ed25519,ecdsa-sha2-nistp256");
        Assert.Equal(
            $"{Name} {Key("ed25519")}\n{Name} {Key("ecdsa")}\n", await File.ReadAllTextAsync(Known, Token));
    }

    [Theory]
    [InlineData("[127.0.0.1]:{0},[127.0.0.*]:{0} {1}\n", "wildcards")]
    [InlineData("[127.0.0.1]:{0},a,b {1}\n", "several names")]
    [InlineData("[127.0.0.1]:{0} {1}\n@revoked [127.0.0.1]:{0} {2}\n", "marker")]
    [InlineData("[127.0.0.1]:{0} {1}\nother {1}\n", "another name")]
    [InlineData("[127.0.0.1]:{0} {1}\n[127.0.0.1]:{0} {2}\nother {2}\n", "obsolete one under another name")]
    [InlineData("127.0.0.1 {1}\n", null)]
    public async Task What_a_person_has_written_stays(string lines, string? why)
    {
        var before = string.Format(null, lines, _sshd.Port, Key("ed25519"), await OldKeyAsync());
        _folder.Write("known_hosts", before);
        var log = await ConnectAsync(NoInteraction.Instance);
        Assert.Equal(before, await File.ReadAllTextAsync(Known, Token));
        if (why is not null) Assert.Contains(log, line => line.Contains(why, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_of_the_system_s_file_is_not_the_users_to_update()
    {
        _folder.Write("global", $"{Name} {Key("ed25519")}\n");
        _folder.Write("known_hosts", "");
        await ConnectAsync(NoInteraction.Instance, $"GlobalKnownHostsFile={_folder.File("global")}");
        Assert.Equal("", await File.ReadAllTextAsync(Known, Token));
    }

    [Fact]
    public async Task A_key_that_is_not_proved_or_named_twice_changes_nothing()
    {
        _folder.Write("known_hosts", $"{Name} {Key("ed25519")}\n");
        using var logger = new ListLogger();
        await using var connection = await OpenAsync(NoInteraction.Instance, logger);
        var before = await File.ReadAllTextAsync(Known, Token);
        ReadOnlyMemory<byte> known = Convert.FromBase64String(Key("ed25519").Split(' ')[1]);
        ReadOnlyMemory<byte> other = Convert.FromBase64String((await OldKeyAsync()).Split(' ')[1]);
        byte[] wrong = [0, 0, 0, 83, 0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 64, .. new byte[64]];
        foreach (var (keys, proofs, why) in new (ReadOnlyMemory<byte>[], byte[]?, string)[]
        {
            ([known, other], wrong, "is wrong"),
            ([known, other], [.. wrong, 0], "is wrong"),
            ([known, other], [], "ends too early"),
            ([known, other], null, "does not prove"),
            ([known, other, other], wrong, "named a key twice"),
            ([new byte[] { 1, 2, 3 }], null, "is ignored"),
            ([], null, ""),
        })
        {
            var asked = 0;
            await connection.HostKeyUpdate!.RunAsync(
                keys,
                packed =>
                {
                    asked++;
                    Assert.Equal([0, 0, 0, (byte)other.Length, .. other.Span], packed);
                    return Task.FromResult(proofs);
                },
                Token);
            Assert.Contains(why, logger.Lines[^1], StringComparison.Ordinal);
            Assert.Equal(keys.Length == 2 ? 1 : 0, asked);
            Assert.Equal(before, await File.ReadAllTextAsync(Known, Token));
        }
    }

    [Fact]
    public async Task What_has_changed_is_there_to_be_told()
    {
        _folder.Write("known_hosts", $"{Name} {Key("ed25519")}\n{Name} {Key("rsa")}\n");
        using var logger = new ListLogger();
        await using var connection = await OpenAsync(NoInteraction.Instance, logger);
        var changes = await connection.HostKeys.Changes.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.StartsWith("Learned new hostkey: ECDSA SHA256:", Assert.Single(changes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_default_depends_on_where_the_files_are()
    {
        async Task<UpdateHostKeys> ValueAsync(params string[] options) => (await HostConfiguration.LoadAsync(
            new HostQuery { Host = "h", ConfigFile = "none", Options = options }, Token)).UpdateHostKeys;
        Assert.Equal(UpdateHostKeys.Yes, await ValueAsync());
        Assert.Equal(UpdateHostKeys.No, await ValueAsync("UserKnownHostsFile=x"));
        Assert.Equal(UpdateHostKeys.No, await ValueAsync("VerifyHostKeyDNS=ask"));
        Assert.Equal(UpdateHostKeys.Ask, await ValueAsync("UserKnownHostsFile=x", "UpdateHostKeys=ask"));
    }

    private async Task<IReadOnlyList<string>> ConnectAsync(IUserInteraction user, params string[] options)
    {
        using var logger = new ListLogger();
        await using var connection = await OpenAsync(user, logger, options);
        return logger.Lines;
    }

    /// <summary>Connects, and waits until known_hosts has followed what the server says.</summary>
    private async Task<SshConnection> OpenAsync(IUserInteraction user, ListLogger logger, params string[] options)
    {
        var configuration = await HostConfiguration.LoadAsync(
            new HostQuery
            {
                Host = "x",
                ConfigFile = _sshd.SshConfig,
                Options =
                [
                    .. options, $"UserKnownHostsFile={Known}", "GlobalKnownHostsFile=none", "UpdateHostKeys=yes",
                    "StrictHostKeyChecking=yes", "BatchMode=no",
                ],
            },
            Token);
        var connection = await SshConnector.ConnectAsync(configuration, user, logger, Token);
        if (connection.HostKeyUpdate is not null)
        {
            await connection.HostKeys.WaitAsync(TimeSpan.FromSeconds(30), Token);
        }

        return connection;
    }

    private string Key(string type) =>
        string.Join(' ', File.ReadAllText(_sshd.Folder.File($"host_{type}.pub")).Split(' ')[..2]);

    private async Task<string> OldKeyAsync()
    {
        if (!File.Exists(_folder.File("old"))) await TestSshd.KeygenAsync(_folder.File("old"), "ed25519");
        return string.Join(' ', (await File.ReadAllTextAsync(_folder.File("old.pub"), Token)).Split(' ')[..2]);
    }
}
