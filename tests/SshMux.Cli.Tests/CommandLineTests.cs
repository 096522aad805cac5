using SshMux.Cli.Arguments;
using SshMux.Cli.Output;
using SshMux.Engine.Configuration;

namespace SshMux.Cli.Tests;

public class CommandLineTests
{
    [Theory]
    [InlineData("h", "h", null, null, null)]
    [InlineData("u@h", "h", "u", null, null)]
    [InlineData("u@v@h", "h", "u@v", null, null)]
    [InlineData("ssh://u@h:2222", "h", "u", 2222, null)]
    [InlineData("ssh://u@h:2222/", "h", "u", 2222, null)]
    [InlineData("ssh://u%40x;fp=1@h", "h", "u@x", null, null)]
    [InlineData("ssh://[::1]:22", "::1", null, 22, null)]
    [InlineData("ssh://h:", "h", null, null, null)]
    [InlineData("-p 22 h", "h", null, 22, null)]
    [InlineData("-p22 h", "h", null, 22, null)]
    [InlineData("-p 22 -p 23 h", "h", null, 22, null)]
    [InlineData("-p ssh h", "h", null, 22, null)]
    [InlineData("-p 22 ssh://h:23", "h", null, 22, null)]
    [InlineData("ssh://h:23 -p 22", "h", null, 23, null)]
    [InlineData("-l a b@h", "h", "a", null, null)]
    [InlineData("b@h -l a", "h", "b", null, null)]
    [InlineData("-l a -l b h", "h", "a", null, null)]
    [InlineData("h ls", "h", null, null, "ls")]
    [InlineData("h ls -l  x", "h", null, null, "ls -l  x")]
    [InlineData("h -p 22 ls -l", "h", null, 22, "ls -l")]
    [InlineData("h -- -l", "h", null, null, "-l")]
    [InlineData("-- h -l", "h", null, null, "-l")]
    [InlineData("-- h -- ls", "h", null, null, "-- ls")]
    [InlineData("-n -- h", "h", null, null, null)]
    [InlineData("-Nnp22 h", "h", null, 22, null)]
    [InlineData("-nT h -v - x", "h", null, null, "- x")]
    public void Destination_options_and_command_are_told_apart_as_ssh_does(
        string line, string host, string? user, int? port, string? command)
    {
        var parsed = Parse(line);
        Assert.Equal((host, user, port, command), (parsed.Host, parsed.User, parsed.Port, parsed.Command));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("-v", "")]
    [InlineData("--", "")]
    [InlineData("-H h", "unknown option -- H")]
    [InlineData("--version", "unknown option -- -")]
    [InlineData("-vH h", "unknown option -- H")]
    [InlineData("-n: h", "unknown option -- :")]
    [InlineData("-p", "option requires an argument -- p")]
    [InlineData("h -nvp", "option requires an argument -- p")]
    [InlineData("@h", "'@h' is not a destination")]
    [InlineData("ssh://h/x", "'ssh://h/x' is not a destination")]
    [InlineData("ssh://h:0", "'ssh://h:0' is not a destination")]
    [InlineData("ssh://@h", "'ssh://@h' is not a destination")]
    [InlineData("-s h", "You must specify a subsystem to invoke.")]
    public void A_wrong_line_is_answered_with_the_usage(string line, string message)
    {
        var error = Assert.Throws<UsageException>(() => Parse(line));
        Assert.True(error.ShowUsage);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1 h", "SSH protocol v.1 is no longer supported")]
    [InlineData("-p 0 h", "Bad port '0'")]
    [InlineData("-p 65536 h", "Bad port '65536'")]
    [InlineData("-p nosuchservice h", "Bad port 'nosuchservice'")]
    [InlineData("-e ab h", "Bad escape character 'ab'.")]
    [InlineData(
        "-O start h",
        "-O start: there is no such command; it can be check, forward, cancel, exit, stop, conninfo, channels, sessions, "
        + "forwards, signal=NAME, close, rename, watch, lock or unlock")]
    [InlineData("-O check=1 h", "-O check takes nothing after a '='")]
    [InlineData("-O check -O exit h", "Multiplexing command already specified")]
    [InlineData("-O check -W a:1 h", "Cannot specify stdio forward with -O")]
    [InlineData("-W a:1 -O check h", "Cannot specify multiplexing command with -W")]
    [InlineData("-W a:1 -W b:1 h", "stdio forward already specified")]
    [InlineData("-W a h", "Bad stdio forwarding specification 'a'")]
    [InlineData("-N -s h x", "Cannot specify -s with -N/SessionType")]
    [InlineData("-s -N h x", "Cannot specify -N with -s/SessionType")]
    [InlineData("-o SessionType=subsystem -N h x", "Cannot specify -N with -s/SessionType")]
    [InlineData("-- -oProxyCommand=x", "hostname contains invalid characters")]
    [InlineData("a;b", "hostname contains invalid characters")]
    [InlineData("-l a;b h", "remote username contains invalid characters")]
    [InlineData("u@", "the host name is empty")]
    public void A_wrong_value_is_named(string line, string message)
    {
        var error = Assert.Throws<UsageException>(() => Parse(line));
        Assert.False(error.ShowUsage);
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("-J j -J k h", "Only a single -J option is permitted (use commas to separate multiple jump hops)")]
    [InlineData("-o ProxyCommand=x -J j h", "Cannot specify -J with ProxyCommand")]
    [InlineData("-K h", "-K: GSSAPI authentication is not supported")]
    [InlineData("-w any h", "-w: tunnel devices are not supported")]
    [InlineData("-I x.so h", "-I: PKCS#11 tokens are not supported; use their keys through ssh-agent")]
    [InlineData("-y h", "-y: the system log is not supported; -E writes messages to a file")]
    public void What_is_not_there_yet_is_refused_by_name(string line, string message)
    {
        var error = Assert.Throws<UsageException>(() => Parse(line));
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("-k -C -2 h")]
    [InlineData("-Kk h")]
    public void What_asks_for_no_more_than_there_is_goes_through(string line) => Assert.Equal("h", Parse(line).Host);

    [Theory]
    [InlineData("-A h", "ForwardAgent=yes")]
    [InlineData("-a -A h", "ForwardAgent=yes")]
    [InlineData("-A -a -o ForwardAgent=yes h", "ForwardAgent=no ForwardAgent=yes")]
    [InlineData("-X h", "ForwardX11=yes")]
    [InlineData("-xY h", "ForwardX11=yes ForwardX11Trusted=yes")]
    [InlineData("-X -x h", "ForwardX11=no")]
    [InlineData("-Yx h", "ForwardX11Trusted=yes ForwardX11=no")]
    public void Of_the_letters_for_agent_and_X11_the_last_counts(string line, string options) =>
        Assert.Equal(options, string.Join(' ', Parse(line).Options));

    [Theory]
    [InlineData("h", null)]
    [InlineData("-t h", RequestTtyMode.Yes)]
    [InlineData("-tt h", RequestTtyMode.Force)]
    [InlineData("-t h -t", RequestTtyMode.Force)]
    [InlineData("-t -T h", RequestTtyMode.No)]
    [InlineData("-T -t h", RequestTtyMode.Yes)]
    [InlineData("-ttT h", RequestTtyMode.No)]
    [InlineData("-N h", RequestTtyMode.No)]
    [InlineData("-o RequestTTY=yes -t h", RequestTtyMode.Force)]
    internal void Terminal_letters_count_in_their_order(string line, RequestTtyMode? mode) =>
        Assert.Equal(mode, Parse(line).RequestTty);

    [Theory]
    [InlineData("h", null)]
    [InlineData("-q h", Verbosity.Quiet)]
    [InlineData("-v h", Verbosity.Debug1)]
    [InlineData("-vv h", Verbosity.Debug2)]
    [InlineData("-vvvv h", Verbosity.Debug3)]
    [InlineData("-q -v h", Verbosity.Debug1)]
    [InlineData("-v -q h", Verbosity.Quiet)]
    internal void Verbosity_letters_count_in_their_order(string line, Verbosity? verbosity) =>
        Assert.Equal(verbosity, Parse(line).Verbosity);

    [Theory]
    [InlineData("h", null)]
    [InlineData("-M h", ControlMasterMode.Yes)]
    [InlineData("-MM h", ControlMasterMode.Ask)]
    [InlineData("-o ControlMaster=yes -M h", ControlMasterMode.Ask)]
    [InlineData("-o ControlMaster=auto -M h", ControlMasterMode.Yes)]
    internal void Master_letters_count_in_their_order(string line, ControlMasterMode? mode) =>
        Assert.Equal(mode, Parse(line).ControlMaster);

    [Theory]
    [InlineData("h", null)]
    [InlineData("-N h", SessionType.None)]
    [InlineData("-W a:1 h", SessionType.None)]
    [InlineData("-s h sftp", SessionType.Subsystem)]
    [InlineData("h -s sftp", SessionType.Subsystem)]
    [InlineData("-o SessionType=none h", SessionType.None)]
    [InlineData("-o sessiontype=default h", SessionType.Default)]
    internal void Session_types_are_read(string line, SessionType? type) =>
        Assert.Equal(type, Parse(line).SessionType);

    [Theory]
    [InlineData("a:22", "a", 22, false)]
    [InlineData("[::1]:22", "::1", 22, false)]
    [InlineData("a/22", "a", 22, false)]
    [InlineData("/run/s.sock", "/run/s.sock", 0, true)]
    public void Stdio_forwards_are_read(string text, string host, int port, bool isPath)
    {
        var forward = StdioForward.Parse(text);
        Assert.NotNull(forward);
        Assert.Equal((host, port, isPath), (forward.Value.Host, forward.Value.Port, forward.Value.IsPath));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a:0")]
    [InlineData("::1:22")]
    [InlineData("a:b:22")]
    [InlineData("[::1]22")]
    [InlineData(":22")]
    [InlineData("/")]
    public void A_wrong_stdio_forward_is_none(string text) => Assert.Null(StdioForward.Parse(text));

    [Fact]
    public void Letters_that_stand_for_keywords_come_before_the_options_and_the_last_of_a_kind_counts()
    {
        var line = Parse("-o ControlPath=/a -S /b -4 -6 -S /c -g -c aes256-ctr -M -tt h");
        Assert.Equal(
            [
                "ControlPath=/c", "AddressFamily=inet6", "GatewayPorts=yes", "Ciphers=aes256-ctr", "ControlMaster=yes",
                "RequestTTY=force", "ControlPath=/a",
            ],
            line.Options);
        Assert.Equal("/c", line.ControlPath);
    }

    [Fact]
    public void Of_user_and_port_the_first_counts_whatever_says_it()
    {
        var line = Parse("-o User=a -l b -p 1 -o Port=2 c@h");
        Assert.Equal((null, 1), (line.User, line.Port));
        Assert.Equal(["User=a"], line.Options);
    }

    [Fact]
    public void Values_with_spaces_are_quoted_for_the_configuration()
    {
        var line = CommandLine.Parse(["-S", "/tmp/a \"b\"", "h"]);
        Assert.Equal(["ControlPath=\"/tmp/a \\\"b\\\"\""], line.Options);
    }

    [Fact]
    public void Files_forwards_and_the_rest_are_kept()
    {
        var line = Parse("-F f -i k1 -ik2 -L 1:a:2 -L /s:a:3 -R 1 -R2:b:3 -D *:4 -E log -nfG h");
        Assert.Equal(("f", "log"), (line.ConfigFile, line.LogFile));
        Assert.True(line.StdinNull && line.Background && line.ShowConfiguration);
        Assert.Equal(["k1", "k2"], line.IdentityFiles);
        Assert.Equal(["1:a:2", "/s:a:3"], line.LocalForwards);
        Assert.Equal(["1", "2:b:3"], line.RemoteForwards);
        Assert.Equal(["*:4"], line.DynamicForwards);
    }

    [Theory]
    [InlineData("-V")]
    [InlineData("-vV h")]
    [InlineData("h -V")]
    public void The_version_is_shown_at_once(string line) => Assert.True(Parse(line).ShowVersion);

    [Fact]
    public void A_query_is_answered_at_once() => Assert.Equal("cipher", Parse("-Q cipher").Query);

    private static CommandLine Parse(string line) =>
        CommandLine.Parse(line.Length == 0 ? [] : line.Split(' '));
}
