using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Authentication.FakeAuthServer;
using static SshMux.Engine.Tests.Authentication.FakeLogin;

namespace SshMux.Engine.Tests.Authentication;

public sealed class PasswordMethodTests
{
    [Fact]
    public async Task The_right_password_logs_in_and_hands_over()
    {
        var user = new ScriptedInteraction("wrong", "right");
        var server = WithMethods("publickey,password", request =>
        {
            Assert.Equal(("me", "password"), (request.User, request.Method));
            return PasswordOf(request) == "right"
                ? [Success, [MessageNumber.GlobalRequest, 1, 2]]
                : [Failure("publickey,password")];
        });
        var successor = new Successor();
        await LoginAsync(server, Options(user), successor);

        Assert.Equal([MessageNumber.GlobalRequest, 1, 2], await successor.First);
        Assert.Equal(["me@host's password: ", "me@host's password: "], user.Prompts.Select(prompt => prompt.Text));
        Assert.Equal([1, 2], user.Prompts.Select(prompt => prompt.Attempt));
        Assert.Equal(["Permission denied, please try again."], user.Messages);
        Assert.All(user.Given, secret => Assert.True(secret.Characters.IndexOfAnyExcept('\0') < 0));
    }

    [Fact]
    public async Task After_the_last_wrong_password_the_error_says_what_was_tried()
    {
        var user = new ScriptedInteraction("a", "b", "c", "d");
        var server = WithMethods("publickey,password", _ => [Failure("publickey,password")]);
        var error = await FailAsync(server, Options(user) with { NumberOfPasswordPrompts = 2 });
        Assert.Equal(2, user.Prompts.Count);
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
        Assert.StartsWith("me@host: Permission denied (publickey,password).", error.Message, StringComparison.Ordinal);
        Assert.Contains("refused the password", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_answer_no_password_is_sent()
    {
        var server = WithMethods("password", _ => throw new InvalidOperationException("nothing was to be sent"));
        var error = await FailAsync(server, Options(new ScriptedInteraction((string?)null)));
        Assert.Contains("obody answered", error.Message, StringComparison.Ordinal);
        error = await FailAsync(server, Options(NoInteraction.Instance));
        Assert.Contains("obody answered", error.Message, StringComparison.Ordinal);
        error = await FailAsync(server, Options(new ScriptedInteraction("x")) with { BatchMode = true });
        Assert.Contains("BatchMode", error.Message, StringComparison.Ordinal);
        error = await FailAsync(server, Options(new ScriptedInteraction("x")) with { PasswordAuthentication = false });
        Assert.Contains("none of the methods", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_password_is_sent_with_the_old_one_and_neither_is_kept_or_logged()
    {
        var changes = 0;
        var server = WithMethods("password", request =>
        {
            var reader = new SshReader(request.Rest);
            if (!reader.ReadBoolean()) return [ChangeRequest("expired")];
            Assert.Equal(("hunter2", "hunter3"), (reader.ReadUtf8String(), reader.ReadUtf8String()));
            reader.ExpectEnd("the request");
            return ++changes == 1 ? [ChangeRequest("again")] : [Success];
        });
        using var log = new ListLogger();
        var user = new ScriptedInteraction(["hunter2", .. Enumerable.Repeat("hunter3", 4)]);
        await LoginAsync(server, Options(user) with { Logger = log }, new Successor());
        Assert.Equal(["expired", "again"], user.Messages);
        Assert.DoesNotContain(log.Lines, line => line.Contains("hunter", StringComparison.Ordinal));
        Assert.All(user.Given, secret => Assert.True(secret.Characters.IndexOfAnyExcept('\0') < 0));
    }

    [Fact]
    public async Task A_server_that_demands_new_passwords_for_ever_is_left()
    {
        var server = WithMethods("password", _ => [ChangeRequest("more")]);
        var user = new ScriptedInteraction([.. Enumerable.Repeat("x", 10000)]);
        var error = await FailAsync(server, Options(user));
        Assert.Equal(SshError.AuthenticationFailed, error.Error);

        server = WithMethods("password", request => new SshReader(request.Rest).ReadBoolean()
            ? [Failure("password")] : [ChangeRequest("expired")]);
        error = await FailAsync(server, Options(new ScriptedInteraction("a", "b", "b")));
        Assert.Contains("refused the new password", error.Message, StringComparison.Ordinal);
    }

    private static byte[] ChangeRequest(string text) => Message(60, (ref SshWriter w) =>
    {
        w.WriteString(text);
        w.WriteString("");
    });

    private static string PasswordOf(LoginRequest request)
    {
        var reader = new SshReader(request.Rest);
        Assert.False(reader.ReadBoolean());
        var password = reader.ReadUtf8String();
        reader.ExpectEnd("the request");
        return password;
    }
}
