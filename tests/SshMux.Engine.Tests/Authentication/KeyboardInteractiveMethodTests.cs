using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Authentication.FakeAuthServer;
using static SshMux.Engine.Tests.Authentication.FakeLogin;

namespace SshMux.Engine.Tests.Authentication;

public sealed class KeyboardInteractiveMethodTests
{
    [Fact]
    public async Task Questions_of_the_server_are_asked_and_answered_in_order()
    {
        var user = new ScriptedInteraction("secret", "123456", "");
        var rounds = 0;
        var server = WithMethods("keyboard-interactive", request =>
        {
            if (request.Method == "keyboard-interactive")
            {
                return [Questions("name", "do\tthis\u001b[2J\nnow", ("Password: ", false), ("Code:\u001b ", true))];
            }

            Assert.Equal("message 61", request.Method);
            return ++rounds switch
            {
                1 => Answers(request).SequenceEqual(["secret", "123456"]) ? [Questions("", "", ("More?", true))] : [],
                2 => Answers(request).SequenceEqual([""]) ? [Questions("", "")] : [],
                _ => Answers(request).Length == 0 ? [Success] : [],
            };
        });
        await LoginAsync(server, Options(user), new Successor());

        Assert.Equal(
            ["(me@host) Password: ", "(me@host) Code:? ", "(me@host) More?"], user.Prompts.Select(p => p.Text));
        Assert.Equal([false, true, true], user.Prompts.Select(p => p.Echo));
        Assert.Equal(["name", "do this?[2J\nnow"], user.Messages);
        Assert.All(user.Given, secret => Assert.True(secret.Characters.IndexOfAnyExcept('\0') < 0));
    }

    [Fact]
    public async Task Questions_without_an_answer_give_way_to_the_next_method()
    {
        var user = new ScriptedInteraction(null, "pw");
        var server = WithMethods("keyboard-interactive,password", request =>
            request.Method == "password" ? [Success] : [Questions("", "", ("Code: ", false))]);
        await LoginAsync(server, Options(user), new Successor());
        Assert.Equal([SecretKind.Response, SecretKind.Password], user.Prompts.Select(prompt => prompt.Kind));
    }

    private static string[] Answers(LoginRequest response)
    {
        var reader = new SshReader(response.Rest);
        var answers = new string[reader.ReadUInt32()];
        for (var i = 0; i < answers.Length; i++) answers[i] = reader.ReadUtf8String();
        reader.ExpectEnd("the answers");
        return answers;
    }
}
