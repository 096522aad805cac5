using System.Runtime.Versioning;
using SshMux.Engine.Configuration.Forwards;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration.SshConfig;

/// <summary>What single settings come to, as ssh -G of OpenSSH 10.6 shows them, and where it refuses them.</summary>
[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class ShownSettingsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("LocalForward=8080 web:80", "localforward 8080 [web]:80")]
    [InlineData("LocalForward=*:8080 [::1]:80", "localforward [*]:8080 [::1]:80")]
    [InlineData("LocalForward=/a web:80", "localforward /a [web]:80")]
    [InlineData("LocalForward=localhost:1 /b", "localforward [localhost]:1 /b")]
    [InlineData("LocalForward=/%h\\\\:x /%%", "localforward /h:x /%")]
    [InlineData("LocalForward=[/b]:1 web:2", "localforward [/b]:1 [web]:2")]
    [InlineData("RemoteForward=0 \"\"", "remoteforward 0 [socks]:0")]
    [InlineData("RemoteForward=/a /b", "remoteforward /a /b")]
    [InlineData("DynamicForward=[::1]:1080", "dynamicforward [::1]:1080")]
    [InlineData("DynamicForward=/tmp/x", "dynamicforward /tmp/x")]
    [InlineData("ProxyJump=ssh://u%20v@a:ssh", "proxyjump u v@a:22")]
    [InlineData("ProxyJump=x@[::1]:5,y@b:2", "proxyjump x@[::1]:5,y@b:2")]
    [InlineData("ProxyJump=127.0.0.1", "proxyjump [127.0.0.1]")]
    [InlineData("EscapeChar=^?", null)]
    [InlineData("EscapeChar=^[", "escapechar \\^[")]
    [InlineData("EscapeChar=\" \"", "escapechar \\040")]
    [InlineData("EscapeChar=\\", "escapechar \\\\")]
    [InlineData("EscapeChar=\u007f", "escapechar \\^?")]
    [InlineData("EscapeChar=none", "escapechar none")]
    [InlineData("IPQoS=af21 3", "ipqos af21 0x03")]
    [InlineData("IPQoS=lowdelay 256", null)]
    [InlineData("RekeyLimit=1.5K 1h", "rekeylimit 1536 3600")]
    [InlineData("RekeyLimit=8E", null)]
    [InlineData("RekeyLimit=default none", "rekeylimit 0 0")]
    [InlineData("ControlPersist=0", "controlpersist yes")]
    [InlineData("ControlPersist=1h", "controlpersist 3600")]
    [InlineData("AddKeysToAgent=confirm 5m", "addkeystoagent confirm 300")]
    [InlineData("AddKeysToAgent=confirm 0", "addkeystoagent confirm")]
    [InlineData("AddKeysToAgent=yes 5m", null)]
    [InlineData("TunnelDevice=any:1", "tunneldevice any:1")]
    [InlineData("TunnelDevice=x", null)]
    [InlineData("StreamLocalBindMask=18", "streamlocalbindmask 01")]
    [InlineData("SyslogFacility=local7", "syslogfacility LOCAL7")]
    [InlineData("SyslogFacility=KERN", null)]
    [InlineData("LogLevel=quiet", "loglevel SILENT")]
    [InlineData("LogLevel=debug1", "loglevel DEBUG")]
    [InlineData("LogLevel=LOUD", null)]
    [InlineData("CanonicalDomains=A.B. c", "canonicaldomains a.b c")]
    [InlineData("CanonicalDomains=a..b", null)]
    [InlineData("CanonicalDomains=-a", null)]
    [InlineData("CanonicalDomains=a/b", null)]
    [InlineData("CanonicalDomains=\"\"", null)]
    [InlineData("Ciphers=^aes128-cbc", "ciphers aes128-cbc,chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,"
        + "aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr")]
    [InlineData("MACs=-*", "macs ")]
    [InlineData("CASignatureAlgorithms=!ssh-rsa", null)]
    [InlineData("ForwardAgent=$", null)]
    [InlineData("IdentityAgent=${SSHMUX_TEST_NOT_SET}", null)]
    [InlineData("IdentityAgent=none", "identityagent none")]
    [InlineData("VersionAddendum=a # b", "versionaddendum a # b")]
    [InlineData("VersionAddendum=none", "versionaddendum ")]
    [InlineData("GSSAPIKeyExchange=yes", "compression no")]
    [InlineData("UpdateHostKeys=ask", "updatehostkeys ask")]
    public async Task One_option(string option, string? shown)
    {
        var query = new HostQuery { Host = "h", ConfigFile = "none", Options = [option] };
        if (shown is not null)
        {
            Assert.Contains(shown, await ShowAsync(query));
            return;
        }

        var error = await Assert.ThrowsAsync<SshException>(() => ShowAsync(query));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
    }

    [Theory]
    [InlineData("LogLevel=ERROR")]
    [InlineData("RequestTTY=no")]
    [InlineData("RemoteCommand=ls")]
    [InlineData("ControlPersist=yes", "ControlPath=/tmp/c")]
    public async Task Nobody_is_asked_about_host_keys_where_nobody_can_answer(params string[] options)
    {
        var query = new HostQuery { Host = "h", ConfigFile = "none", Options = ["UpdateHostKeys=ask", .. options] };
        Assert.Contains("updatehostkeys false", await ShowAsync(query));
    }

    [Fact]
    public async Task Forwards_of_the_command_line_are_shown_with_the_others()
    {
        var query = new HostQuery
        {
            Host = "h",
            ConfigFile = "none",
            Forwards =
            [
                (ForwardKind.Local, "1:a:2"), (ForwardKind.Dynamic, "*:3"), (ForwardKind.Remote, "4"),
                (ForwardKind.Remote, "5:b:6"),
            ],
        };
        string[] expected =
            ["localforward 1 [a]:2", "dynamicforward [*]:3", "remoteforward 4 [socks]:0", "remoteforward 5 [b]:6"];
        Assert.Subset((await ShowAsync(query)).ToHashSet(), expected.ToHashSet());
        var error = await Assert.ThrowsAsync<SshException>(
            () => ShowAsync(query with { Forwards = [(ForwardKind.Dynamic, "a:b:c")] }));
        Assert.Equal("Bad dynamic forwarding specification 'a:b:c'", error.Message);
    }

    [Theory]
    [InlineData("Match host", "missing argument for Match 'host'")]
    [InlineData("Match bad x", "Unsupported Match attribute bad")]
    [InlineData("Match host \"\"", "Missing Match criteria for host")]
    [InlineData("Match # x", "One or more attributes required for Match")]
    [InlineData("Match all x", "'all' cannot be combined with other Match attributes")]
    [InlineData("Match localnetwork 10.0.0.0/33", "Inconsistent mask length for network \"10.0.0.0/33\"")]
    [InlineData("Match localnetwork x", "contains invalid characters")]
    [InlineData("Match localnetwork 10.0.0.0/8,", "empty entry")]
    [InlineData("Match exec \"kill -9 $$\"", "match exec 'kill -9 $$' error: it was killed by signal 9")]
    [InlineData("Include \"\"", "keyword include empty argument")]
    [InlineData("Include /%q", "Include '/%q' cannot be used")]
    [InlineData("Port 1 2", "keyword port extra arguments at end of line")]
    [InlineData("Host \"\"", "keyword host empty argument")]
    [InlineData("RefuseConnection \"go away\"", "RefuseConnection: go away")]
    [InlineData("Port x\nPort y", "config: terminating, 2 bad configuration options")]
    public async Task One_line_that_is_refused(string line, string problem)
    {
        if (line.StartsWith("Match exec", StringComparison.Ordinal)) OnlyOn.Unix();
        var file = _folder.Write("config", line + "\n");
        var error = await Assert.ThrowsAsync<SshException>(
            () => ShowAsync(new HostQuery { Host = "h", ConfigFile = file }));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_whose_variable_is_not_set_is_passed_over_and_said()
    {
        var file = _folder.Write("config", $"Include /x-${{SSHMUX_TEST_NOT_SET}} {_folder.Write("more", "Port 5\n")}\n");
        var configuration = await HostConfiguration.LoadAsync(
            new HostQuery { Host = "h", ConfigFile = file }, TestContext.Current.CancellationToken);
        Assert.Equal(5, configuration.Port);
        Assert.Equal(
            [$"{file} line 1: Unable to expand user config file '/x-${{SSHMUX_TEST_NOT_SET}}': the environment variable "
                + "'SSHMUX_TEST_NOT_SET' is not set"],
            configuration.Warnings);
    }

    [Fact]
    public async Task Files_that_others_can_write_are_not_included()
    {
        OnlyOn.Unix();
        var more = _folder.Write("more", "Port 5\n");
        File.SetUnixFileMode(more, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        var file = _folder.Write("config", $"Include {more}\n");
        var error = await Assert.ThrowsAsync<SshException>(
            () => ShowAsync(new HostQuery { Host = "h", ConfigFile = file }));
        Assert.StartsWith($"Bad owner or permissions on {more}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_includes_itself_ends()
    {
        var file = _folder.File("config");
        _folder.Write("config", $"Include {file}\n");
        var error = await Assert.ThrowsAsync<SshException>(
            () => ShowAsync(new HostQuery { Host = "h", ConfigFile = file }));
        Assert.Equal("Too many recursive configuration includes", error.Message);
    }

    private static async Task<string[]> ShowAsync(HostQuery query)
    {
        var configuration = await HostConfiguration.LoadAsync(query, TestContext.Current.CancellationToken);
        return [.. configuration.Show().Select(setting => $"{setting}")];
    }
}
