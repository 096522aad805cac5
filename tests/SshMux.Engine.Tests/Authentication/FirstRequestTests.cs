using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Tests.Support;
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
        Assert.Contains("me@host: Permission denied (password). ", error.Message, StringComparison.Ordinal);
        Assert.Contains("BatchMode forbids to ask for a password", error.Message, StringComparison.Ordinal);
        Assert.Equal(["publickey", "none"], _asked);
    }

    /// <summary>
    /// The list of signature algorithms that a server sends first is everybody's; with its answer to the first request
    /// comes the user's (RFC 8308 section 2.4), which may be wider.
    /// </summary>
    [Theory]
    [InlineData("RFC4716", true)]
    [InlineData("PEM", true)]
    [InlineData("RFC4716", false)] // the server has no other list
    public async Task A_key_that_the_first_list_rules_out_waits_for_the_second(string format, bool hasSecond)
    {
        var key = await RsaKeyAsync(format);
        var options = WithLists(key, ["ssh-ed25519"], hasSecond ? ["ssh-ed25519", "rsa-sha2-256"] : ["ssh-ed25519"]);
        var login = LoginAsync(options, Methods("publickey,password"), [Success]);
        if (hasSecond)
        {
            Assert.Equal("publickey", await login);
            Assert.Equal(["none", "publickey"], _asked);
            return;
        }

        var error = await Assert.ThrowsAsync<SshException>(() => login);
        Assert.Contains("no signature algorithm", error.Message, StringComparison.Ordinal);
        Assert.Equal(["none"], _asked);
    }

    [Fact]
    public async Task A_key_is_offered_again_with_the_algorithm_that_the_second_list_leaves()
    {
        var options = WithLists(
            await RsaKeyAsync("RFC4716"), ["rsa-sha2-512", "rsa-sha2-256"], ["rsa-sha2-256"]);
        List<string> tried = [];
        var login = LoginAsync(options, Methods("publickey"), request =>
        {
            var reader = new SshReader(request);
            reader.ReadBoolean();
            tried.Add(reader.ReadUtf8String());
            return [tried[^1] == "rsa-sha2-256" ? Success : Failure("publickey")];
        });
        Assert.Equal("publickey", await login);
        Assert.Equal(["rsa-sha2-512", "rsa-sha2-256"], tried);
    }

    private async Task<string> RsaKeyAsync(string format)
    {
        var key = _folder.File("rsa");
        await TestSshd.KeygenAsync(key, "rsa", "", "-b", "2048", "-m", format);
        File.Delete(key + ".pub");
        return key;
    }

    private AuthenticationOptions WithLists(string key, string[] first, string[] second) =>
        Options(NoInteraction.Instance) with
        {
            BatchMode = true,
            IdentityFiles = [key],
            ServerSignatureAlgorithms = () => _asked.Count == 0 ? first : second,
        };

    private AuthenticationOptions Options(IUserInteraction interaction) => new()
    {
        User = "me",
        Host = "host",
        Interaction = interaction,
        IdentityFiles = [_folder.File("key")],
    };

    private static byte[][] Methods(string methods) => [Failure(methods)];

    private Task<string> LoginAsync(AuthenticationOptions options, byte[][] toNone, byte[][] toKey) =>
        LoginAsync(options, toNone, _ => toKey);

    private Task<string> LoginAsync(AuthenticationOptions options, byte[][] toNone, Func<byte[], byte[][]> toKey)
    {
        var server = new FakeAuthServer(message =>
        {
            if (message[0] == MessageNumber.ServiceRequest) return [ServiceAccept];
            var request = LoginRequest.Parse(message);
            _asked.Add(request.Method);
            return request.Method == "none" ? toNone : toKey(request.Rest);
        });
        return UserAuthentication.AuthenticateAsync(
            server, new byte[32], options, new Successor(), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60));
    }
}
