using SshMux.Engine.Authentication;
using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Transport;

namespace SshMux.Engine.Tests.Authentication;

/// <summary>Logins at a <see cref="FakeAuthServer"/>.</summary>
internal static class FakeLogin
{
    public static AuthenticationOptions Options(IUserInteraction interaction) =>
        new() { User = "me", Host = "host", Interaction = interaction };

    public static Task<string> LoginAsync(
        FakeAuthServer server, AuthenticationOptions options, IMessageReceiver successor) =>
        UserAuthentication.AuthenticateAsync(
            server, new byte[32], options, successor, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(60));

    public static Task<SshException> FailAsync(FakeAuthServer server, AuthenticationOptions options) =>
        Assert.ThrowsAsync<SshException>(() => LoginAsync(server, options, new Successor()));
}
