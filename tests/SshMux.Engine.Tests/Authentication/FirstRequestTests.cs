using SshMux.Engine.Authentication;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Authentication.FakeAuthServer;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>What a login asks first: which methods there are, or at once with a key where nothing else can help.</summary>
public sealed class FirstRequestTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly List<string> _asked = [];

    public async ValueTask InitializeAsync() => await TestSshd.KeygenAsync(_folder.File("key"), "ed25519");

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Where_a_password_could_help_the_methods_are_asked_for_first()
    {
        var user = Options(new ScriptedInteraction());
        Assert.Equal("publickey", await LoginAsync(user, Methods("publickey,password"), [Success]));
        Assert.Equal(["none", "publickey"], _asked);
    }

    [Theory]
    [InlineData("BatchMode")]
    [InlineData("PreferredAuthentications")]
    [InlineData("PasswordAuthentication")]
    [InlineData("nobody")]
    public async Task Where_only_a_key_can_help_it_is_offered_at_once(string reason)
    {
        var user = Options(new ScriptedInteraction());
        var options = reason switch
        {
            "BatchMode" => user with { BatchMode = true },
            "PreferredAuthentications" => user with { PreferredAuthentications = ["publickey"] },
            "PasswordAuthentication" => user with
            {
                PasswordAuthentication = false,
                KbdInteractiveAuthentication = false,
            },
            _ => user with { Interaction = NoInteraction.Instance },
        };
        Assert.Equal("publickey", await LoginAsync(options, Methods("publickey,password"), [Success]));
        Assert.Equal(["publickey"], _asked);
    }

    [Fact]
    public async Task Without_a_key_the_methods_are_asked_for()
    {
        var options = Options(NoInteraction.Instance) with { IdentityFiles = [_folder.File("none")] };
        Assert.Equal("none", await LoginAsync(options, [Success], []));
        Assert.Equal(["none"], _asked);
    }

    [Fact]
    public async Task A_server_that_lets_everybody_in_is_asked_when_it_refused_the_key()
    {
        var options = Options(NoInteraction.Instance);
        Assert.Equal("none", await LoginAsync(options, [Success], Methods("publickey,password")));
        Assert.Equal(["publickey", "none"], _asked);
    }

    [Fact]
    public async Task A_server_that_takes_no_keys_is_told_of_by_its_methods()
    {
        var options = Options(NoInteraction.Instance) with { BatchMode = true };
        var error = await Assert.ThrowsAsync<SshException>(
            () => LoginAsync(options, Methods("password"), Methods("password")));
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
        Assert.Contains("permission denied (password)", error.Message, StringComparison.Ordinal);
        Assert.Contains("BatchMode forbids to ask for a password", error.Message, StringComparison.Ordinal);
        Assert.Equal(["publickey", "none"], _asked);
    }

    private AuthenticationOptions Options(IUserInteraction interaction) => new()
    {
        User = "me",
        Host = "host",
        Interaction = interaction,
        IdentityFiles = [_folder.File("key")],
    };

    private static byte[][] Methods(string methods) => [Failure(methods)];

    private Task<string> LoginAsync(AuthenticationOptions options, byte[][] toNone, byte[][] toKey)
    {
        var server = new FakeAuthServer(message =>
        {
            if (message[0] == MessageNumber.ServiceRequest) return [ServiceAccept];
            var method = LoginRequest.Parse(message).Method;
            _asked.Add(method);
            return method == "none" ? toNone : toKey;
        });
        return UserAuthentication.AuthenticateAsync(
            server, new byte[32], options, new Successor(), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60));
    }

    private sealed class Successor : IMessageReceiver
    {
        public void OnMessage(ReadOnlySpan<byte> message)
        {
        }

        public void OnWritable()
        {
        }

        public void OnEnded(SshException reason)
        {
        }
    }
}
