using SshMux.Cli.Arguments;
using SshMux.Cli.Commands;
using SshMux.Cli.Output;
using SshMux.Engine.Configuration.Forwards;

namespace SshMux.Cli.Tests;

/// <summary>The lines of the command line that ~C opens.</summary>
public class ForwardCommandTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("-")]
    public void Nothing_is_nothing(string line) =>
        Assert.Equal(ForwardCommandKind.None, ForwardCommand.Parse(line).Operation);

    [Theory]
    [InlineData("?")]
    [InlineData("-h")]
    [InlineData("Help")]
    public void Help_is_asked_for(string line) =>
        Assert.Equal(ForwardCommandKind.Help, ForwardCommand.Parse(line).Operation);

    [Theory]
    [InlineData("-L 8080:db:80", ForwardKind.Local, "8080:db:80")]
    [InlineData("L8080:db:80 ", ForwardKind.Local, "8080:db:80")]
    [InlineData("-R0:db:80", ForwardKind.Remote, "0:db:80")]
    [InlineData("-R 1080", ForwardKind.Remote, "1080")]
    [InlineData(" -D [::1]:1080", ForwardKind.Dynamic, "[::1]:1080")]
    public void Forwards_are_opened(string line, ForwardKind kind, string forward)
    {
        var command = ForwardCommand.Parse(line);
        Assert.Equal(ForwardCommandKind.Open, command.Operation);
        Assert.Equal((kind, forward), (command.Forward!.Kind, command.Forward.ToString()));
    }

    [Theory]
    [InlineData("-KL8080", ForwardKind.Local, "8080")]
    [InlineData("KR *:1", ForwardKind.Remote, "*:1")]
    [InlineData("-KD 127.0.0.1:1080", ForwardKind.Dynamic, "127.0.0.1:1080")]
    public void Forwards_are_closed_by_where_they_listen(string line, ForwardKind kind, string listener)
    {
        var command = ForwardCommand.Parse(line);
        Assert.Equal(ForwardCommandKind.Close, command.Operation);
        Assert.Equal((kind, listener), (command.Forward!.Kind, command.Forward.ToString()));
    }

    [Theory]
    [InlineData("x", "Invalid command.")]
    [InlineData("!ls", "Invalid command.")]
    [InlineData("-K", "Invalid command.")]
    [InlineData("--L1:x:1", "Invalid command.")]
    [InlineData("-L 1", "Bad local forwarding specification: ")]
    [InlineData("-D x", "Bad local forwarding specification: ")]
    [InlineData("-R", "Bad remote forwarding specification: ")]
    [InlineData("-KL1:x:1", "Bad forwarding close specification: ")]
    public void What_is_wrong_is_said(string line, string message)
    {
        var error = Assert.Throws<UsageException>(() => ForwardCommand.Parse(line));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }
}
