using System.Runtime.Versioning;
using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Tests.Support;
using SshMux.Engine.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Authentication.FakeAuthServer;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Key files that cannot be used, and servers that answer keys as they should not.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KeyFileLoginTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("it is encrypted and nobody may be asked", "BatchMode forbids to ask")]
    [InlineData("nobody knows the passphrase", "there was no right passphrase for the private key")]
    [InlineData("the passphrase is wrong", "there was no right passphrase for the private key")]
    [InlineData("it is damaged", "is damaged")]
    [InlineData("it is too short", "is an RSA key of fewer than 3072 bits")]
    [InlineData("it may not sign", "PubkeyAcceptedAlgorithms")]
    public async Task A_key_that_cannot_be_used_is_passed_over_and_told(string why, string told)
    {
        var user = new ScriptedInteraction("wrong", "wrong too", "never asked");
        var options = Options(user) with { NumberOfPasswordPrompts = 2 };
        var bad = _folder.File("bad");
        switch (why)
        {
            case "it is encrypted and nobody may be asked":
                await TestSshd.KeygenAsync(bad, "ed25519", "secret", "-a", "1");
                options = options with { BatchMode = true };
                break;
            case "nobody knows the passphrase":
                await TestSshd.KeygenAsync(bad, "ed25519", "secret", "-a", "1");
                options = options with { Interaction = NoInteraction.Instance };
                break;
            case "the passphrase is wrong":
                await TestSshd.KeygenAsync(bad, "ed25519", "secret", "-a", "1");
                break;
            case "it is damaged":
                // The outside is that of a key; the inside is found out when it is to sign.
                await TestSshd.KeygenAsync(bad, "ed25519");
                var lines = await File.ReadAllLinesAsync(bad, TestContext.Current.CancellationToken);
                lines[3] = new string('A', lines[3].Length);
                await File.WriteAllLinesAsync(bad, lines, TestContext.Current.CancellationToken);
                break;
            case "it is too short":
                await TestSshd.KeygenAsync(bad, "rsa", "", "-b", "2048");
                options = options with { RequiredRsaSize = 3072 };
                break;
            default:
                await TestSshd.KeygenAsync(bad, "rsa", "", "-b", "2048");
                options = options with { PubkeyAcceptedAlgorithms = "ssh-ed25519,ecdsa-*" };
                break;
        }

        await TestSshd.KeygenAsync(_folder.File("good"), "ed25519");
        var good = await PublicKeyAsync("good");
        options = options with { IdentityFiles = [bad, _folder.File("good")] };
        await LoginAsync(WithMethods("publickey", request => Answer(request, good)), options);
        if (why == "the passphrase is wrong") Assert.Equal(2, user.Prompts.Count);

        options = options with { IdentityFiles = [bad], Interaction = user };
        var error = await FailAsync(WithMethods("publickey", request => Answer(request, good)), options);
        // What is wrong with the file, and not that no key was taken, is what the caller can mend.
        var isUnusable = why is not ("it is too short" or "it may not sign");
        Assert.Equal(isUnusable ? SshError.KeyUnusable : SshError.AuthenticationFailed, error.Error);
        if (why != "nobody knows the passphrase") Assert.Contains(told, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("+ssh-dss", true)]
    [InlineData("^ssh-ed25519", true)]
    [InlineData("-ssh-rsa", true)]
    [InlineData("ssh-*", true)]
    [InlineData("-ssh-ed25519", false)]
    [InlineData("-ssh-ed*", false)]
    [InlineData("rsa-sha2-512", false)]
    public async Task Accepted_algorithms_follow_the_configuration(string patterns, bool accepted)
    {
        await TestSshd.KeygenAsync(_folder.File("key"), "ed25519");
        var key = await PublicKeyAsync("key");
        var options = Options(NoInteraction.Instance) with
        {
            IdentityFiles = [_folder.File("key")],
            PubkeyAcceptedAlgorithms = patterns,
        };
        var server = WithMethods("publickey", request => Answer(request, key));
        if (accepted) await LoginAsync(server, options);
        else Assert.Contains("PubkeyAccepted", (await FailAsync(server, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_the_server_refuses_before_the_passphrase_costs_none()
    {
        await TestSshd.KeygenAsync(_folder.File("key"), "ed25519", "secret", "-a", "1");
        var user = new ScriptedInteraction("secret");
        var options = Options(user) with { IdentityFiles = [_folder.File("key")] };
        var error = await FailAsync(WithMethods("publickey", _ => [Failure("publickey")]), options);
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
        Assert.Empty(user.Prompts);
    }

    [Fact]
    public async Task A_server_that_accepts_another_key_than_was_offered_breaks_the_protocol()
    {
        await TestSshd.KeygenAsync(_folder.File("key"), "ed25519", "secret", "-a", "1");
        var options = Options(new ScriptedInteraction("secret")) with { IdentityFiles = [_folder.File("key")] };
        var server = WithMethods("publickey", _ => [PublicKeyOk([1, 2, 3])]);
        var error = await FailAsync(server, options);
        Assert.Equal(SshError.ProtocolError, error.Error);
        Assert.Contains("a key that was not offered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_answers_the_service_request_with_something_else_breaks_the_protocol()
    {
        var error = await FailAsync(
            new FakeAuthServer(_ => [Failure("publickey")]), Options(NoInteraction.Instance));
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task Too_many_questions_at_once_break_the_protocol_and_too_many_banners_are_not_shown()
    {
        var many = Enumerable.Repeat(("?", true), 1000).ToArray();
        var server = WithMethods("keyboard-interactive", _ => [Questions("", "", many)]);
        var error = await FailAsync(server, Options(new ScriptedInteraction()));
        Assert.Equal(SshError.ProtocolError, error.Error);

        var user = new ScriptedInteraction("pw");
        server = WithMethods("password", _ => [.. Enumerable.Repeat(Banner("hello"), 40), Success]);
        await LoginAsync(server, Options(user));
        Assert.InRange(user.Messages.Count, 1, 32);
    }

    private static AuthenticationOptions Options(IUserInteraction interaction) =>
        new() { User = "me", Host = "host", Interaction = interaction };

    private static Task<string> LoginAsync(FakeAuthServer server, AuthenticationOptions options) =>
        UserAuthentication.AuthenticateAsync(
            server, new byte[32], options, new Silent(), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60));

    private static Task<SshException> FailAsync(FakeAuthServer server, AuthenticationOptions options) =>
        Assert.ThrowsAsync<SshException>(() => LoginAsync(server, options));

    private static byte[] PublicKeyOk(byte[] key) => Message(MessageNumber.UserAuthPublicKeyOk, (ref SshWriter w) =>
    {
        w.WriteString("ssh-ed25519");
        w.WriteString(key);
    });

    /// <summary>Knows one key: says so when it is offered, and lets it in when it signs.</summary>
    private static byte[][] Answer(LoginRequest request, byte[] key)
    {
        var reader = new SshReader(request.Rest);
        var signs = reader.ReadBoolean();
        reader.ReadString();
        var offered = reader.ReadString();
        if (signs) return offered.SequenceEqual(key) ? [Success] : [Failure("publickey")];
        return [PublicKeyOk(offered.ToArray())];
    }

    private async Task<byte[]> PublicKeyAsync(string name)
    {
        var text = await File.ReadAllTextAsync(_folder.File(name + ".pub"), TestContext.Current.CancellationToken);
        return Convert.FromBase64String(text.Split(' ')[1]);
    }

    private sealed class Silent : IMessageReceiver
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
