using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;

namespace SshMux.Engine.Tests.Configuration.SshConfig;

/// <summary>What a session gets of our environment: SendEnv and SetEnv.</summary>
[Trait("System", "any")]
public sealed class RemoteEnvironmentTests : IDisposable
{
    private const string Name = "SSHMUX_TEST_SENT";

    public RemoteEnvironmentTests() => Environment.SetEnvironmentVariable(Name, "here");

    public void Dispose() => Environment.SetEnvironmentVariable(Name, null);

    [Theory]
    [InlineData("SendEnv=SSHMUX_TEST_SE?T", "here")]
    [InlineData("SendEnv=SSHMUX_TEST_S* -SSHMUX*", null)]
    [InlineData("SendEnv=sshmux_test_sent", null)]
    [InlineData("SetEnv=SSHMUX_TEST_SENT=there", "there")]
    [InlineData("SetEnv=SSHMUX_TEST_SENT=%n-${SSHMUX_TEST_SENT}", "h-here")]
    public async Task Variables_are_those_that_are_sent_and_set(string option, string? expected)
    {
        var sent = RemoteEnvironment.Collect(await LoadAsync(option));
        Assert.Equal(expected, sent.FirstOrDefault(variable => variable.Key == Name).Value);
    }

    [Theory]
    [InlineData("SetEnv=A=b TERM=xterm-mine", "xterm-mine")]
    [InlineData("SetEnv=TERM=", null)]
    [InlineData("SetEnv=A=b", null)]
    public async Task The_kind_of_terminal_is_ours_unless_SetEnv_says_another(string option, string? expected) =>
        Assert.Equal(
            expected ?? Environment.GetEnvironmentVariable("TERM") ?? "", RemoteEnvironment.Term(await LoadAsync(option)));

    [Theory]
    [InlineData("PermitRemoteOpen=[::1", "missing host in permitremoteopen")]
    [InlineData("PermitRemoteOpen=[::1]", "bad port number in permitremoteopen")]
    [InlineData("PermitRemoteOpen=[::1]x:1", "bad port number in permitremoteopen")]
    [InlineData("PermitRemoteOpen=web:0", "bad port number in permitremoteopen")]
    [InlineData("PermitRemoteOpen=web", "bad port number in permitremoteopen")]
    [InlineData("PermitRemoteOpen=any web:1", "\"any\" argument must appear alone")]
    [InlineData("ChannelTimeout=session", "invalid channel timeout session")]
    [InlineData("ChannelTimeout=none session=1", "\"none\" argument must appear alone")]
    [InlineData("UserKnownHostsFile=/x \"\"", "keyword userknownhostsfile empty argument")]
    [InlineData("CanonicalizePermittedCNAMEs=a", "Invalid permitted CNAME \"a\"")]
    [InlineData("SetEnv=A", "Invalid SetEnv")]
    [InlineData("SendEnv=A=b", "Invalid environment name")]
    [InlineData("RevokedHostKeys=none /x", "argument must appear alone")]
    public async Task Lists_with_something_wrong_in_them_are_refused(string option, string problem)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync(option));
        Assert.Equal(SshError.ConfigurationInvalid, error.Error);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_files_of_host_keys_are_taken_than_by_ssh()
    {
        var files = string.Join(' ', Enumerable.Range(1, 33).Select(number => $"/x{number}"));
        var error = await Assert.ThrowsAsync<SshException>(() => LoadAsync($"UserKnownHostsFile={files}"));
        Assert.Contains("too many userknownhostsfile entries", error.Message, StringComparison.Ordinal);
    }

    private static Task<HostConfiguration> LoadAsync(string option) => HostConfiguration.LoadAsync(
        new HostQuery { Host = "h", ConfigFile = "none", Options = [option] }, TestContext.Current.CancellationToken);
}
