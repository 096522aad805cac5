using System.Runtime.Versioning;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Channels;
using SshMux.Engine.Configuration.SshConfig;
using SshMux.Engine.Configuration.SshConfig.Reading;
using SshMux.Engine.Connecting;
using SshMux.Engine.Streams;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Password change and keyboard-interactive in several rounds, with a server of another make.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class AskingServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_expired_password_is_changed_and_the_new_one_holds()
    {
        await using var server = await AskingServer.StartAsync();
        var user = new ScriptedInteraction(
            "old", "short", "short", "one thing", "another", "long enough", "long enough");
        Assert.Equal("hi", await RunAsync(server, user, "PreferredAuthentications=password"));
        Assert.Equal(
            [
                "me@x's password: ",
                "Enter me@x's new password: ", "Retype me@x's new password: ",
                "Enter me@x's new password: ", "Retype me@x's new password: ",
                "Enter me@x's new password: ", "Retype me@x's new password: ",
            ],
            user.Prompts.Select(prompt => prompt.Text));
        Assert.Equal(SecretKind.Password, user.Prompts[0].Kind);
        Assert.All(user.Prompts.Skip(1), prompt => Assert.Equal(SecretKind.NewPassword, prompt.Kind));
        Assert.Equal(
            ["Your password?[2J has expired.", "That is too short.", "Mismatch; try again, EOF to quit."],
            user.Messages);
        Assert.All(user.Given, secret => Assert.True(secret.Characters.IndexOfAnyExcept('\0') < 0));

        user = new ScriptedInteraction("long enough");
        Assert.Equal("hi", await RunAsync(server, user, "PreferredAuthentications=password"));
    }

    [Fact]
    public async Task Without_a_new_password_the_other_methods_are_tried()
    {
        await using var server = await AskingServer.StartAsync();
        var user = new ScriptedInteraction("old", null, "me", "secret", "123456");
        Assert.Equal("hi", await RunAsync(server, user, "PreferredAuthentications=password,keyboard-interactive"));

        user = new ScriptedInteraction("old", "");
        var error = await FailAsync(server, user, "PreferredAuthentications=password");
        Assert.Contains("Nobody answered the prompt for the new password", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Questions_come_in_rounds_and_are_asked_again_after_wrong_answers()
    {
        await using var server = await AskingServer.StartAsync();
        var user = new ScriptedInteraction("me", "wrong", "me", "secret", "000000", "me", "secret", "123456");
        Assert.Equal("hi", await RunAsync(server, user, "PreferredAuthentications=keyboard-interactive"));
        Assert.Equal(
            ["(me@x) Name: ", "(me@x) Password: ", "(me@x) Code: "], user.Prompts.TakeLast(3).Select(p => p.Text));
        Assert.Equal([true, false, false], user.Prompts.TakeLast(3).Select(p => p.Echo));
        Assert.Equal(["Title", "Who are you?", "Now the second factor."], user.Messages.TakeLast(3));

        user = new ScriptedInteraction("a", "b", "c", "d");
        var error = await FailAsync(
            server, user, "PreferredAuthentications=keyboard-interactive", "NumberOfPasswordPrompts=2");
        Assert.Equal(4, user.Prompts.Count);
        Assert.Contains("refused the answers", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KbdInteractiveAuthentication=no", SecretKind.Password)]
    [InlineData("PasswordAuthentication=no", SecretKind.Response)]
    [InlineData("PreferredAuthentications=password", SecretKind.Password)]
    [InlineData("PreferredAuthentications=keyboard-interactive,password", SecretKind.Response)]
    public async Task The_configuration_says_what_is_asked(string option, SecretKind first)
    {
        await using var server = await AskingServer.StartAsync();
        var user = new ScriptedInteraction((string?)null);
        await FailAsync(server, user, option);
        Assert.Equal(first, user.Prompts[0].Kind);

        user = new ScriptedInteraction("never");
        var error = await FailAsync(server, user, option, "BatchMode=yes");
        Assert.Empty(user.Prompts);
        Assert.Contains("BatchMode", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gssapi-with-mic")]
    [InlineData("hostbased,gssapi-with-mic")]
    public async Task A_method_that_is_not_there_is_refused_by_name(string methods)
    {
        await using var server = await AskingServer.StartAsync();
        var error = await FailAsync(server, new ScriptedInteraction("x"), $"PreferredAuthentications={methods}");
        foreach (var method in methods.Split(','))
        {
            Assert.Contains(method, error.Message, StringComparison.Ordinal);
        }

        Assert.Contains("not supported", error.Message, StringComparison.Ordinal);
    }

    private static async Task<SshException> FailAsync(
        AskingServer server, IUserInteraction user, params string[] options)
    {
        var error = await Assert.ThrowsAsync<SshException>(() => RunAsync(server, user, options));
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
        return error;
    }

    private static async Task<string> RunAsync(AskingServer server, IUserInteraction user, params string[] options)
    {
        var configuration = await HostConfiguration.LoadAsync(
            new HostQuery { Host = "x", ConfigFile = server.Config, Options = options }, Token);
        using var log = new ListLogger();
        await using var connection = await SshConnector.ConnectAsync(configuration, user, log, Token);
        await using var process = await connection.StartAsync(new SessionRequest { Command = "hi" }, Token);
        using var reader = new StreamReader(process.StandardOutput);
        return (await reader.ReadToEndAsync(Token)).TrimEnd();
    }
}
