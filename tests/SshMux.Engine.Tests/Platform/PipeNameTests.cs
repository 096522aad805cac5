using SshMux.Engine.Platform.Agents;

namespace SshMux.Engine.Tests.Platform;

[Trait("System", "any")]
public class PipeNameTests
{
    [Theory]
    [InlineData(@"\\.\pipe\openssh-ssh-agent", "openssh-ssh-agent")]
    [InlineData(@"\.\pipe\openssh-ssh-agent", "openssh-ssh-agent")] // what ssh_config(5) leaves of it
    [InlineData("//./pipe/pageant.me.0123", "pageant.me.0123")]
    [InlineData(@"\\.\PIPE\Agent with spaces", "Agent with spaces")]
    public void A_pipe_of_this_machine_may_be_written_in_several_ways(string text, string name)
    {
        Assert.Equal(name, PipeName.Parse(text));
        Assert.Equal(@"\\.\pipe\" + name, PipeName.Full(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/tmp/ssh-1/agent.1")]
    [InlineData(@"C:\agent")]
    [InlineData("openssh-ssh-agent")]
    [InlineData(@"\\.\pipe\")]
    [InlineData(@"\\.\pipe\..")]
    [InlineData(@"\\.\pipe\..\C:\file")]
    [InlineData(@"\\server\pipe\agent")] // another machine's
    [InlineData("//server/pipe/agent")]
    public void Anything_else_is_none(string text) => Assert.Null(PipeName.Parse(text));

    [Fact]
    public void A_name_that_no_pipe_can_have_is_none() => Assert.Null(PipeName.Parse("//./pipe/" + new string('x', 248)));
}
