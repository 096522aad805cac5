using System.Net.Sockets;
using System.Runtime.Versioning;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Platform;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class HostConfigurationTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_configuration_file_means_what_it_means_to_ssh()
    {
        OnlyOn.Unix();
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

    [Theory]
    [InlineData(null, true)]
    [InlineData("WarnWeakCrypto=yes", true)]
    [InlineData("warnweakcrypto no", false)]
    [InlineData("WarnWeakCrypto=no-pq-kex", false)]
    [InlineData("WarnWeakCrypto=No", false)]
    public async Task WarnWeakCrypto_is_on_unless_the_user_says_otherwise(string? option, bool warns)
    {
        var config = await LoadAsync(new HostQuery
        {
            Host = "h",
            ConfigFile = "none",
            Options = option is null ? [] : [option],
        });
        Assert.Equal(warns, config.WarnWeakCrypto);
    }

    [Fact]
    public async Task WarnWeakCrypto_has_no_other_values()
    {
        var query = new HostQuery { Host = "h", ConfigFile = "none", Options = ["WarnWeakCrypto=never"] };
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(query));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains("command-line line 0: unsupported option \"never\"; it can be yes, true, no", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_path_of_an_agent_is_expanded_once()
    {
        var config = await LoadAsync(new HostQuery
        {
            Host = "h",
            ConfigFile = "none",
            Options = ["IdentityAgent=~/%%p-%n"],
        });
        Assert.Equal(Path.Combine(LocalUser.Current.HomeFolder, "%p-h"), config.IdentityAgent);
    }

    [Fact]
    public async Task A_stdio_forward_has_its_own_defaults()
    {
        var query = new HostQuery
        {
            Host = "h",
            ConfigFile = "none",
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
    [InlineData("Prt=22", "command-line: line 0: Bad configuration option: prt; did you mean Port?")]
    [InlineData("Port", "no argument after keyword \"port\"")]
    [InlineData("Port=0", "Bad port '0'")]
    [InlineData("ConnectTimeout=x", "invalid time value; it must be")]
    [InlineData("StrictHostKeyChecking=maybe", "unsupported option \"maybe\"; it can be")]
    [InlineData("RekeyLimit=-1", "RekeyLimit too small")]
    [InlineData("SetEnv=x", "Invalid SetEnv")]
    [InlineData("Host=x", "Host directive not supported as a command-line option")]
    public async Task Wrong_options_are_refused_and_named(string option, string named)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(
            new HostQuery { Host = "h", ConfigFile = "none", Options = [option] }));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(named, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("ssh://h:port")]
    [InlineData("@h")]
    [InlineData("")]
    [InlineData("a\nb")]
    public async Task What_is_no_destination_is_refused_in_one_line(string text)
    {
        var error = await Assert.ThrowsAsync<SshException>(
            () => LoadAsync(new HostQuery { Host = text, ConfigFile = "none" }));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
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
    public async Task Destinations_name_host_user_and_port(string text, string host, string? user, int port)
    {
        var config = await LoadAsync(new HostQuery { Host = text, ConfigFile = "none" });
        Assert.Equal(
            (host, host, user ?? LocalUser.Current.Name, port), (config.Host, config.HostName, config.User, config.Port));
    }

    [Fact]
    public async Task Reading_stops_at_once_when_cancelled()
    {
        OnlyOn.Unix();
        var file = _folder.Write("config", "Match exec \"sleep 60\"\n  User x\n");
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var start = DateTime.UtcNow;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HostConfiguration.LoadAsync(
            new HostQuery { Host = "h", ConfigFile = file }, cancel.Token));
        Assert.True(DateTime.UtcNow - start < TimeSpan.FromSeconds(20));
    }

    private static Task<HostConfiguration> LoadAsync(HostQuery query) =>
        HostConfiguration.LoadAsync(query, TestContext.Current.CancellationToken);
}
