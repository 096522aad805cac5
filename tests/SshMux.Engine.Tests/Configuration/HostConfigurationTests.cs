using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

[UnsupportedOSPlatform("windows")]
public sealed class HostConfigurationTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_configuration_file_means_what_it_means_to_ssh()
    {
        _folder.Write("more", "Host *\n  ServerAliveInterval 1m\n");
        var file = _folder.Write("config", $"""
            Match host nothing
              User wrong
            Host web
              HostName %h.example.org
              User deploy
              Port 2022
              AddressFamily inet6
              IdentityFile ~/k-%h-%r
              IdentityFile "{_folder.File("a key")}"
              IdentityFile none
              IdentityAgent none
              UserKnownHostsFile {_folder.File("kh-%k")} "{_folder.File("sp ace")}"
              GlobalKnownHostsFile none
              HostKeyAlias web-alias
              StrictHostKeyChecking accept-new
              ControlPath {_folder.File("cm-%n-%r@%h:%p-%%")}
              ControlMaster auto
              ControlPersist 10m
              SendEnv LANG LC_*
              SetEnv A=b "C=d e"
              RequestTTY force
              RemoteCommand echo %h
              ConnectTimeout 7
              RekeyLimit 64M 1h
              LocalForward 8080 localhost:80
              LocalForward {_folder.File("in")} {_folder.File("out")}
              LocalForward [::1]:99 [::1]:100
              RemoteForward 8081 db:5432
              RemoteForward 1080
              DynamicForward 1081
              ProxyJump u@j:33,k
              PreferredAuthentications publickey,password
            Include {_folder.File("more")}
            """);

        var config = await LoadAsync(new HostQuery { Host = "web", ConfigFile = file });

        Assert.NotNull(config.SshProgram);
        Assert.Equal(
            ("web", "web.example.org", "deploy", 2022, AddressFamily.InterNetworkV6),
            (config.Host, config.HostName, config.User, config.Port, config.AddressFamily));
        var home = LocalUser.Current.HomeFolder;
        Assert.Equal([$"{home}/k-web.example.org-deploy", _folder.File("a key")], config.IdentityFiles);
        Assert.Null(config.IdentityAgent);
        Assert.Equal([_folder.File("kh-web-alias"), _folder.File("sp ace")], config.UserKnownHostsFiles);
        Assert.Empty(config.GlobalKnownHostsFiles);
        Assert.Equal("web-alias", config.HostKeyAlias);
        Assert.Equal(StrictHostKeyChecking.AcceptNew, config.StrictHostKeyChecking);
        Assert.Equal(_folder.File("cm-web-deploy@web.example.org:2022-%"), config.ControlPath);
        Assert.Equal(ControlMasterMode.Auto, config.ControlMaster);
        Assert.Equal(TimeSpan.FromMinutes(10), config.ControlPersist);
        Assert.Equal(["LANG", "LC_*"], config.SendEnv);
        Assert.Equal([new("A", "b"), new("C", "d e")], config.SetEnv);
        Assert.Equal(RequestTtyMode.Force, config.RequestTty);
        Assert.Equal("echo web.example.org", config.RemoteCommand);
        Assert.Equal(TimeSpan.FromSeconds(7), config.ConnectTimeout);
        Assert.Equal((64 << 20, TimeSpan.FromHours(1)), (config.RekeyLimitBytes, config.RekeyInterval));
        Assert.Equal(TimeSpan.FromMinutes(1), config.ServerAliveInterval);
        Assert.Equal(
            ["8080:localhost:80", $"{_folder.File("in")}:{_folder.File("out")}", "[::1]:99:[::1]:100"],
            config.LocalForwards);
        Assert.Equal(["8081:db:5432", "1080"], config.RemoteForwards);
        Assert.Equal(["1081"], config.DynamicForwards);
        Assert.Equal("u@j:33,k", config.ProxyJump);
        Assert.Null(config.ProxyCommand);
        Assert.Equal(["publickey", "password"], config.PreferredAuthentications);
        Assert.Equal("web.example.org", config.Get("HostName"));
    }

    [Fact]
    public async Task Parameters_and_options_come_before_the_file()
    {
        var file = _folder.Write("config", "Host *\n  User f\n  Port 1\n  IdentityFile /f\n  ControlMaster yes\n");
        var key = _folder.Write("key", "");
        var config = await LoadAsync(new HostQuery
        {
            Host = "h",
            User = "p",
            Port = 2,
            ConfigFile = file,
            IdentityFiles = [key],
            Options = ["ControlMaster=no", "BatchMode yes", "ControlPath=none"],
        });
        Assert.Equal(("p", 2), (config.User, config.Port));
        Assert.Equal([key, "/f"], config.IdentityFiles);
        Assert.Equal((ControlMasterMode.No, true), (config.ControlMaster, config.BatchMode));
        Assert.Null(config.ControlPath);
    }

    /// <summary>Also where the ssh that reads the configuration does not know it.</summary>
    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "WarnWeakCrypto=yes", true)]
    [InlineData(null, "warnweakcrypto no", false)]
    [InlineData(null, "WarnWeakCrypto=no-pq-kex", false)]
    [InlineData("none", null, true)]
    [InlineData("none", "WarnWeakCrypto=No", false)]
    public async Task WarnWeakCrypto_is_on_unless_the_user_says_otherwise(string? program, string? option, bool warns)
    {
        var config = await LoadAsync(new HostQuery
        {
            Host = "h",
            ConfigFile = "none",
            SshProgram = program,
            Options = option is null ? [] : [option],
        });
        Assert.Equal(warns, config.WarnWeakCrypto);
        if (option is not null) Assert.Single(config.GetAll("WarnWeakCrypto"));
    }

    [Fact]
    public async Task WarnWeakCrypto_has_no_other_values()
    {
        var query = new HostQuery { Host = "h", ConfigFile = "none", Options = ["WarnWeakCrypto=never"] };
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(query));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains("warnweakcrypto cannot be 'never'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("none")]
    public async Task The_path_of_an_agent_is_expanded_once(string? program)
    {
        var config = await LoadAsync(new HostQuery
        {
            Host = "h",
            ConfigFile = "none",
            Options = ["IdentityAgent=~/%%p-%n"],
            SshProgram = program,
        });
        Assert.Equal($"{LocalUser.Current.HomeFolder}/%p-h", config.IdentityAgent);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("none")]
    public async Task A_stdio_forward_has_its_own_defaults(string? program)
    {
        var query = new HostQuery
        {
            Host = "h",
            ConfigFile = "none",
            SshProgram = program,
            StdioForward = true,
            Options = ["LocalForward=1 h:2"],
        };
        var config = await LoadAsync(query);
        Assert.True(config.ExitOnForwardFailure);
        Assert.Empty(config.LocalForwards);

        string[] otherwise = [.. query.Options, "ExitOnForwardFailure=no", "ClearAllForwardings=no"];
        config = await LoadAsync(query with { Options = otherwise });
        Assert.False(config.ExitOnForwardFailure);
        Assert.Single(config.LocalForwards);
    }

    [Theory]
    [InlineData("NoSuchOption=1", "nosuchoption")]
    [InlineData("Port=many", "many")]
    [InlineData("ControlMaster=perhaps", "perhaps")]
    [InlineData("ControlPath=~/%x", "%x")]
    public async Task Errors_of_ssh_reach_the_user(string option, string named)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(
            new HostQuery { Host = "h", ConfigFile = "none", Options = [option] }));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains("'h'", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("terminal", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("ssh://h:port")]
    [InlineData("@h")]
    [InlineData("")]
    [InlineData("a\nb")]
    public async Task What_is_no_destination_is_refused_in_one_line(string text)
    {
        foreach (var program in new[] { null, "none" })
        {
            var error = await Assert.ThrowsAsync<SshException>(
                () => LoadAsync(new HostQuery { Host = text, ConfigFile = "none", SshProgram = program }));
            Assert.Equal(SshError.ConfigurationInvalid, error.Error);
            Assert.DoesNotContain("usage", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_missing_configuration_file_is_an_error()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(
            new HostQuery { Host = "h", ConfigFile = _folder.File("nothing") }));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(_folder.File("nothing"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_name_is_never_taken_for_an_option()
    {
        var marker = _folder.File("made");
        await Assert.ThrowsAsync<SshException>(() => LoadAsync(
            new HostQuery { Host = $"-oProxyCommand=touch {marker}", ConfigFile = "none" }));
        Assert.False(File.Exists(marker));
    }

    [Fact]
    public async Task A_missing_key_file_is_warned_of()
    {
        var config = await LoadAsync(
            new HostQuery { Host = "h", ConfigFile = "none", IdentityFiles = [_folder.File("no_key")] });
        Assert.Contains(config.Warnings, warning => warning.Contains("no_key", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("h", "h", null, 22)]
    [InlineData("u@h", "h", "u", 22)]
    [InlineData("a@b@h", "h", "a@b", 22)]
    [InlineData("ssh://u@h:2022", "h", "u", 2022)]
    [InlineData("ssh://h/", "h", null, 22)]
    [InlineData("ssh://u@[::1]:2022", "::1", "u", 2022)]
    public async Task Destinations_mean_the_same_with_and_without_ssh(string text, string host, string? user, int port)
    {
        // ssh://user@[address] is newer than some ssh.
        foreach (var program in text.Contains('[', StringComparison.Ordinal) ? ["none"] : new[] { null, "none" })
        {
            var config = await LoadAsync(
                new HostQuery { Host = text, ConfigFile = "none", SshProgram = program });
            Assert.Equal(
                (host, host, user ?? LocalUser.Current.Name, port),
                (config.Host, config.HostName, config.User, config.Port));
        }
    }

    [Fact]
    public async Task Without_ssh_options_and_defaults_give_what_ssh_gives()
    {
        var query = new HostQuery
        {
            Host = "Web",
            ConfigFile = "none",
            User = "deploy",
            Port = 2022,
            Options =
            [
                "HostName %h.Example.org", "ControlPath=/tmp/%C-%r", "ControlPersist=1h30m", "SendEnv=A B",
                "SetEnv=C=d E=f", "ServerAliveInterval 2m", "LocalForward=8080 localhost:80",
                "LocalForward=[::1]:99 [::1]:100", "RemoteForward 1080", "DynamicForward=1081",
                "ConnectTimeout=5", "StrictHostKeyChecking=no", "RekeyLimit=2G 1h", "User=second",
                "UserKnownHostsFile=/a/%h /b", "ProxyJump=none",
            ],
        };
        var real = await LoadAsync(query);
        var ours = await LoadAsync(query with { SshProgram = "none" });
        Assert.Null(ours.SshProgram);
        foreach (var property in typeof(HostConfiguration).GetProperties())
        {
            // These name what only one of the two knows of, or are for the transport's own defaults; Debian's ssh
            // trusts X11 clients unless it is told otherwise, and before 10.1 ssh had other classes.
            if (property.Name is "ForwardX11Trusted" or "ServiceClasses" or "SshProgram" or "Keywords" or "Warnings" or "IdentityFiles"
                or "EscapeChar" or "KexAlgorithms" or "HostKeyAlgorithms" or "Ciphers" or "Macs"
                or "PubkeyAcceptedAlgorithms" or "CaSignatureAlgorithms")
            {
                continue;
            }

            Assert.Equal(property.GetValue(real), property.GetValue(ours));
        }

        // The last one is that of OpenSSH 10.6.
        Assert.EndsWith("/.ssh/id_mldsa44_ed25519", ours.IdentityFiles[^1], StringComparison.Ordinal);
        Assert.Subset(real.IdentityFiles.ToHashSet(), ours.IdentityFiles.SkipLast(1).ToHashSet());
    }

    [Theory]
    [InlineData("Prot=22", "prot")]
    [InlineData("Port", "port")]
    [InlineData("Port=0", "Port")]
    [InlineData("ConnectTimeout=x", "ConnectTimeout")]
    [InlineData("StrictHostKeyChecking=maybe", "StrictHostKeyChecking")]
    [InlineData("ControlPath=%x", "%x")]
    [InlineData("RekeyLimit=1T", "RekeyLimit")]
    [InlineData("SetEnv=x", "SetEnv")]
    public async Task Without_ssh_wrong_options_are_refused(string option, string named)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(
            new HostQuery { Host = "h", SshProgram = "none", Options = [option] }));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(named, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Without_ssh_a_configuration_file_is_refused_and_not_ignored()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(
            new HostQuery { Host = "h", SshProgram = "none", ConfigFile = "/etc/ssh/ssh_config" }));
        Assert.Equal(SshError.NotSupported, error.Error);
    }

    [Fact]
    public async Task Reading_stops_at_once_when_cancelled()
    {
        var file = _folder.Write("config", "Match exec \"sleep 60\"\n  User x\n");
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var start = DateTime.UtcNow;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HostConfiguration.LoadAsync(
            new HostQuery { Host = "h", ConfigFile = file }, cancel.Token));
        Assert.True(DateTime.UtcNow - start < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Our_own_program_is_never_taken_for_ssh()
    {
        var execute = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        Directory.CreateDirectory(_folder.File("a"));
        Directory.CreateDirectory(_folder.File("b"));
        Directory.CreateDirectory(_folder.File("c"));
        File.SetUnixFileMode(_folder.Write("sshmux", ""), execute);
        File.SetUnixFileMode(_folder.Write("host", ""), execute);
        File.CreateSymbolicLink(_folder.File("a/ssh"), "../sshmux");
        File.CreateSymbolicLink(_folder.File("b/ssh"), _folder.File("host"));
        var path = string.Join(':', _folder.File("a"), _folder.File("b"), _folder.File("c"));

        Assert.Equal(_folder.File("b/ssh"), SshProgram.Find(path, "/usr/bin/pwsh"));
        Assert.Null(SshProgram.Find(path, _folder.File("host")));
        Assert.Null(SshProgram.Find(null, null));

        _folder.Write("c/ssh", "not executable");
        Assert.Null(SshProgram.Find(path, _folder.File("host")));
        File.SetUnixFileMode(_folder.File("c/ssh"), execute);
        Assert.Equal(_folder.File("c/ssh"), SshProgram.Find(path, _folder.File("host")));
    }

    [Fact]
    public async Task A_program_that_cannot_run_is_named()
    {
        var program = _folder.Write("ssh", "not a program");
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(
            new HostQuery { Host = "h", SshProgram = program }));
        Assert.Contains(program, error.Message, StringComparison.Ordinal);
    }

    private static Task<HostConfiguration> LoadAsync(HostQuery query) =>
        HostConfiguration.LoadAsync(query, TestContext.Current.CancellationToken);
}
