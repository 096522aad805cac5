using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Authentication.FakeAuthServer;

namespace SshMux.Engine.Tests.Authentication;

public sealed class UserAuthenticationTests
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
    public async Task The_order_of_methods_is_the_users()
    {
        List<string> tried = [];
        IEnumerable<byte[]> Handle(LoginRequest request)
        {
            tried.Add(request.Method);
            return [Failure("keyboard-interactive,password,hostbased")];
        }

        var options = Options(new ScriptedInteraction("a", "b", "c")) with { NumberOfPasswordPrompts = 1 };
        await FailAsync(WithMethods("password,keyboard-interactive", Handle), options);
        Assert.Equal(["keyboard-interactive", "password"], tried);

        tried.Clear();
        options = Options(new ScriptedInteraction("a", "b", "c")) with
        {
            NumberOfPasswordPrompts = 1,
            PreferredAuthentications = ["hostbased", "password", "publickey", "keyboard-interactive"],
        };
        await FailAsync(WithMethods("password,keyboard-interactive", Handle), options);
        Assert.Equal(["password", "keyboard-interactive"], tried);
    }

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

    [Fact]
    public async Task After_a_partial_success_the_next_method_follows()
    {
        var user = new ScriptedInteraction("pw", "code");
        var server = WithMethods("password", request => request.Method switch
        {
            "password" => [Failure("keyboard-interactive", partial: true)],
            "keyboard-interactive" => [Questions("", "", ("Code: ", false))],
            _ => [Success],
        });
        await LoginAsync(server, Options(user), new Successor());
        Assert.Equal(2, user.Prompts.Count);

        server = WithMethods("password", _ => [Failure("hostbased", partial: true)]);
        var error = await FailAsync(server, Options(new ScriptedInteraction("pw")));
        Assert.Contains("wants another", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Banners_are_shown_and_cannot_drive_the_terminal()
    {
        var user = new ScriptedInteraction();
        var server = new FakeAuthServer(message => message[0] == MessageNumber.ServiceRequest
            ? [ServiceAccept]
            : [Banner("Welcome\r\nto \u001b]0;x\u0007 \u202e here\n\n"), Banner(""), Success]);
        await LoginAsync(server, Options(user), new Successor());
        Assert.Equal(["Welcome\nto ?]0;x? ? here"], user.Messages);
    }

    [Fact]
    public async Task A_success_that_nobody_asked_for_is_refused()
    {
        var server = new FakeAuthServer(_ => [Success]);
        var error = await FailAsync(server, Options(NoInteraction.Instance));
        Assert.Equal(SshError.ProtocolError, error.Error);
        Assert.Equal(error, await server.Ended);
    }

    [Theory]
    [InlineData(MessageNumber.ChannelOpen)]
    [InlineData(MessageNumber.GlobalRequest)]
    [InlineData(MessageNumber.UserAuthInfoResponse)]
    [InlineData(MessageNumber.UserAuthRequest)]
    [InlineData(MessageNumber.UserAuthInfoRequest)]
    [InlineData(MessageNumber.ServiceAccept)]
    public async Task Messages_out_of_place_are_refused(byte number)
    {
        var server = WithMethods("password", _ => [[number, 0, 0, 0, 0]]);
        var error = await FailAsync(server, Options(new ScriptedInteraction("x")) with
        {
            // 60 has a meaning after a password.
            PreferredAuthentications = number == MessageNumber.UserAuthInfoRequest ? ["publickey"] : ["password"],
        });
        Assert.Contains(
            error.Error, (SshError[])[SshError.ProtocolError, SshError.AuthenticationFailed]);
    }

    [Fact]
    public async Task A_flood_of_messages_ends_the_login()
    {
        var server = new FakeAuthServer(message => message[0] == MessageNumber.ServiceRequest
            ? [ServiceAccept]
            : Enumerable.Repeat(Failure("password"), 1000));
        var error = await FailAsync(server, Options(new BlockingInteraction(server.Ended)));
        Assert.Equal(SshError.ProtocolError, (await server.Ended).Error);
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task A_server_that_lets_us_try_for_ever_is_left()
    {
        var server = WithMethods("password", _ => [Failure("password", partial: true)]);
        var error = await FailAsync(server, Options(new ScriptedInteraction([.. Enumerable.Repeat("x", 10000)])));
        Assert.Equal(SshError.AuthenticationFailed, error.Error);

        server = WithMethods("keyboard-interactive", _ => [Questions("", "")]);
        error = await FailAsync(server, Options(new ScriptedInteraction()));
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
    }

    [Fact]
    public async Task The_servers_reason_to_end_reaches_the_user()
    {
        var server = WithMethods("password", _ => [[MessageNumber.Disconnect]]);
        var error = await FailAsync(server, Options(new ScriptedInteraction("x")));
        Assert.Equal(SshError.Disconnected, error.Error);
        Assert.Contains("no more", error.Message, StringComparison.Ordinal);

        var tries = 0;
        server = WithMethods("password", _ => ++tries == 1 ? [Failure("password")] : [[MessageNumber.Disconnect]]);
        error = await FailAsync(server, Options(new ScriptedInteraction("x", "y")));
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
        Assert.Contains("no more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_is_ever_logged_or_told()
    {
        var server = WithMethods("keyboard-interactive,password", request =>
            request.Method == "keyboard-interactive"
                ? [Questions("", "", ("Password: ", false))]
                : [Failure("keyboard-interactive,password")]);
        using var log = new ListLogger();
        var user = new ScriptedInteraction([.. Enumerable.Repeat("hunter2", 6)]);
        var error = await FailAsync(server, Options(user) with { Logger = log });
        Assert.Equal(6, user.Given.Count);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(log.Lines, line => line.Contains("hunter2", StringComparison.Ordinal));
        Assert.All(user.Given, secret => Assert.True(secret.Characters.IndexOfAnyExcept('\0') < 0));
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

    [Fact]
    public async Task A_method_that_only_ssh_has_is_named()
    {
        var server = WithMethods("gssapi-with-mic,hostbased", _ => [Failure("gssapi-with-mic,hostbased")]);
        var options = Options(new ScriptedInteraction("x")) with
        {
            PreferredAuthentications = ["gssapi-with-mic", "hostbased", "publickey", "password"],
        };
        var error = await FailAsync(server, options);
        Assert.Contains("gssapi-with-mic, hostbased is not supported", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_a_silent_server_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var server = new FakeAuthServer(_ =>
        {
            cancel.Cancel();
            return [];
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => UserAuthentication.AuthenticateAsync(
            server, new byte[32], Options(NoInteraction.Instance), new Successor(), cancel.Token));
    }

    [Fact]
    public async Task The_end_of_the_transport_ends_the_login()
    {
        var reason = new SshException(SshError.ConnectionLost, "gone");
        FakeAuthServer? server = null;
        server = new FakeAuthServer(message =>
        {
            if (message[0] == MessageNumber.UserAuthRequest) server!.Close(reason);
            return [ServiceAccept];
        });
        Assert.Same(reason, await FailAsync(server, Options(NoInteraction.Instance)));
    }

    [Fact]
    public async Task Random_messages_give_nothing_but_clear_errors()
    {
        var random = new Random(11);
        for (var i = 0; i < 500; i++)
        {
            var server = new FakeAuthServer(message =>
            {
                if (message[0] == MessageNumber.ServiceRequest) return [ServiceAccept];
                byte[] numbers = [51, 51, 51, 52, 53, 60, 60, 61, 80, (byte)random.Next(256)];
                var body = new byte[random.Next(40)];
                random.NextBytes(body);
                if (body.Length > 4 && random.Next(2) == 0) body.AsSpan(0, 3).Clear();
                if (random.Next(3) == 0) return [Failure("password,keyboard-interactive", random.Next(2) == 0)];
                return [[numbers[random.Next(numbers.Length)], .. body], [MessageNumber.Disconnect]];
            });
            try
            {
                var user = new ScriptedInteraction([.. Enumerable.Repeat("x", 20)]);
                await LoginAsync(server, Options(user), new Successor());
            }
            catch (SshException)
            {
                // Any other exception fails the test.
            }
        }
    }

    private static byte[] ChangeRequest(string text) => Message(60, (ref SshWriter w) =>
    {
        w.WriteString(text);
        w.WriteString("");
    });

    private static AuthenticationOptions Options(IUserInteraction interaction) =>
        new() { User = "me", Host = "host", Interaction = interaction };

    private static Task<string> LoginAsync(FakeAuthServer server, AuthenticationOptions options, IMessageReceiver successor) =>
        UserAuthentication.AuthenticateAsync(
            server, new byte[32], options, successor, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60));

    private static Task<SshException> FailAsync(FakeAuthServer server, AuthenticationOptions options) =>
        Assert.ThrowsAsync<SshException>(() => LoginAsync(server, options, new Successor()));

    private static string PasswordOf(LoginRequest request)
    {
        var reader = new SshReader(request.Rest);
        Assert.False(reader.ReadBoolean());
        var password = reader.ReadUtf8String();
        reader.ExpectEnd("the request");
        return password;
    }

    private static string[] Answers(LoginRequest response)
    {
        var reader = new SshReader(response.Rest);
        var answers = new string[reader.ReadUInt32()];
        for (var i = 0; i < answers.Length; i++) answers[i] = reader.ReadUtf8String();
        reader.ExpectEnd("the answers");
        return answers;
    }

    /// <summary>A user who sits there and thinks until it is over.</summary>
    private sealed class BlockingInteraction(Task end) : IUserInteraction
    {
        public async ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken ct)
        {
            await end.WaitAsync(ct);
            return new Secret("x");
        }

        public ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken ct) => new(false);

        public void ShowMessage(string text)
        {
        }
    }

    private sealed class Successor : IMessageReceiver
    {
        private readonly TaskCompletionSource<byte[]> _first = new();

        public Task<byte[]> First => _first.Task;

        public void OnMessage(ReadOnlySpan<byte> message) => _first.TrySetResult(message.ToArray());

        public void OnWritable()
        {
        }

        public void OnEnded(SshException reason) => _first.TrySetException(reason);
    }
}
