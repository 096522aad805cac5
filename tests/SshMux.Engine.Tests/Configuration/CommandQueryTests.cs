using System.Runtime.Versioning;
using SshMux.Engine.Configuration;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Tests.Support;

namespace SshMux.Engine.Tests.Configuration;

/// <summary>The command and the kind of session, on which some of a configuration depends.</summary>
[Trait("System", "any")]
[UnsupportedOSPlatform("windows")]
public sealed class CommandQueryTests : IDisposable
{
    private const string CannotFork = "Cannot fork into background without a command to execute.";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, "echo hi")]
    [InlineData(SessionType.None, null)]
    [InlineData(SessionType.Subsystem, "sftp")]
    internal async Task ForkAfterAuthentication_goes_with_whatever_runs(SessionType? type, string? command)
    {
        var config = await LoadAsync(Query("ForkAfterAuthentication yes") with { SessionType = type, Command = command });
        Assert.True(config.ForkAfterAuthentication);
        Assert.Equal("127.0.0.1", config.HostName);
    }

    [Fact]
    public async Task ForkAfterAuthentication_without_anything_to_run_is_refused_in_the_words_of_ssh()
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(Query("ForkAfterAuthentication yes")));
        Assert.Equal((SshError.ConfigurationInvalid, CannotFork), (error.Error, error.Message));
    }

    [Fact]
    public async Task Who_never_forks_is_not_kept_from_a_host_by_ForkAfterAuthentication()
    {
        var config = await LoadAsync(Query("ForkAfterAuthentication yes") with { StaysInForeground = true });
        Assert.False(config.ForkAfterAuthentication);
        Assert.Equal("127.0.0.1", config.HostName);
    }

    [Fact]
    public async Task A_subsystem_of_the_options_has_its_name()
    {
        var query = Query("") with
        {
            Options = ["SessionType=subsystem"],
            SessionType = SessionType.Subsystem,
            Command = "sftp",
        };
        Assert.Equal(SessionType.Subsystem, (await LoadAsync(query)).SessionType);
    }

    [Fact]
    public async Task A_command_beside_a_RemoteCommand_is_refused_in_the_words_of_ssh()
    {
        var error = await Assert.ThrowsAsync<SshException>(
            () => LoadAsync(Query("RemoteCommand date") with { Command = "uptime" }));
        Assert.Equal("Cannot execute command-line and remote command.", error.Message);
    }

    [Theory]
    [InlineData(300_000)]
    [InlineData(3_000_000)]
    public async Task A_command_may_be_longer_than_an_argument_of_a_process(int length)
    {
        var config = await LoadAsync(Query("ForkAfterAuthentication yes") with { Command = new string('x', length) });
        Assert.True(config.ForkAfterAuthentication);
    }

    [Fact]
    public async Task A_command_is_never_taken_for_an_option()
    {
        var config = await LoadAsync(Query("") with { Command = "-oPort=99" });
        Assert.Equal(22, config.Port);
    }

    [Fact]
    public async Task A_jump_host_is_asked_for_a_stdio_forward()
    {
        var file = _folder.Write("jump", "Host j\n  ForkAfterAuthentication yes\n");
        var config = await LoadAsync(new HostQuery { Host = "h", ConfigFile = file, Options = ["ProxyJump=j"] });
        var jump = await config.LoadJumpHostAsync(TestContext.Current.CancellationToken);
        Assert.Equal("j", jump!.Host);
        Assert.True(jump.ExitOnForwardFailure);
    }

    [Theory]
    [InlineData(null, null, "shell")]
    [InlineData(null, "echo hi", "command")]
    [InlineData(null, "date", "exec")]
    [InlineData(SessionType.None, null, "none")]
    [InlineData(SessionType.Subsystem, "sftp", "subsystem")]
    internal async Task Match_looks_at_the_command_and_the_kind_of_session(
        SessionType? type, string? command, string expected)
    {
        var file = _folder.Write("match", """
            Match command "echo*"
              User command
            Match sessiontype shell
              User shell
            Match sessiontype exec
              User exec
            Match sessiontype subsystem
              User subsystem
            Match sessiontype none
              User none
            """);
        var config = await LoadAsync(new HostQuery
        {
            Host = "h",
            ConfigFile = file,
            SessionType = type,
            Command = command,
        });
        Assert.Equal(expected, config.User);
    }

    private HostQuery Query(string setting) => new()
    {
        Host = "m",
        ConfigFile = _folder.Write("config", $"Host m\n  HostName 127.0.0.1\n  {setting}\n"),
    };

    private static Task<HostConfiguration> LoadAsync(HostQuery query) =>
        HostConfiguration.LoadAsync(query, TestContext.Current.CancellationToken);
}
