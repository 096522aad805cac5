using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Authentication.FakeAuthServer;
using static SshMux.Engine.Tests.Authentication.FakeLogin;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>What is the same for all methods: their order, and servers that do not keep to the protocol.</summary>
public sealed class UserAuthenticationTests
{
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

    /// <summary>A user who sits there and thinks until it is over.</summary>
    private sealed class BlockingInteraction(Task end) : IUserInteraction
    {
        public async ValueTask<Secret?> AskSecretAsync(SecretPrompt prompt, CancellationToken cancellationToken)
        {
            await end.WaitAsync(cancellationToken);
            return new Secret("x");
        }

        public ValueTask<bool> ConfirmAsync(ConfirmPrompt prompt, CancellationToken cancellationToken) => new(false);

        public void ShowMessage(string text)
        {
        }
    }
}
