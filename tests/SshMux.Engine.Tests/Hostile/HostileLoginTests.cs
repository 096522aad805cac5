using SshMux.Engine.Authentication.Interaction;
using SshMux.Engine.Tests.Authentication;
using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Authentication.FakeAuthServer;
using static SshMux.Engine.Tests.Transport.ScriptedServer;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>Logins at a server that wears its user down; UserAuthenticationTests has more, without the wire.</summary>
public class HostileLoginTests
{
    private const string Escapes = "\u001b]0;pwned\u0007\u001b[2J\u202ereversed\r\rspoofed";

    [Fact]
    public async Task Banners_of_any_size_are_shown_safely_and_only_so_many_of_them()
    {
        var user = new ScriptedInteraction();
        var (error, output) = await Victim.AttackAsync(
            await OpenAsync(),
            Step.Login,
            async server =>
            {
                var large = string.Concat(Enumerable.Repeat(Escapes + "\n", 5_000));
                Assert.InRange(large.Length, 150_000, 250_000);
                for (var i = 0; i < 60; i++)
                {
                    await server.SendAsync(i < 20 ? LargeBanner(large) : Banner($"{i}{Escapes}"));
                }
            },
            user);
        Assert.Null(error);
        Assert.Equal(Victim.Result, output);
        Assert.InRange(user.Messages.Count, 1, 32);
        Assert.All(user.Messages, text => Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n'));
        Assert.InRange(user.Messages.Sum(text => text.Length), 1, 8 * 1024 * 1024);
    }

    [Fact]
    public async Task Banners_without_end_end_the_login()
    {
        var error = await FailLoginAsync(new ScriptedInteraction(), async server =>
        {
            while (true) await server.SendAsync(Banner("and on and on"));
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task A_banner_before_the_service_is_accepted_is_shown()
    {
        var user = new ScriptedInteraction();
        var (error, _) = await Victim.AttackAsync(
            await OpenAsync(), Step.Service, server => server.SendAsync(Banner("early")), user);
        Assert.Null(error);
        Assert.Equal(["early"], user.Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failures_without_end_end_the_login(bool partial)
    {
        var user = new ScriptedInteraction([.. Enumerable.Repeat("guess", 1000)]);
        var error = await FailLoginAsync(user, async server =>
        {
            while (true)
            {
                await server.ReadLoginAsync();
                await server.SendAsync(Failure("password,keyboard-interactive,publickey", partial));
            }
        });
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
        Assert.InRange(user.Prompts.Count, partial ? 0 : 3, 200);
    }

    [Fact]
    public async Task Rounds_of_questions_without_end_end_the_login()
    {
        var user = new ScriptedInteraction([.. Enumerable.Repeat("answer", 1000)]);
        var error = await FailLoginAsync(user, async server =>
        {
            await server.ReadLoginAsync();
            await server.SendAsync(Failure("keyboard-interactive"));
            await server.ReadLoginAsync();
            for (var i = 0; ; i++)
            {
                await server.SendAsync(i % 2 == 0 ? Questions("", "") : Questions("name", "instruction", ("?", false)));
                await server.ExpectAsync(MessageNumber.UserAuthInfoResponse);
            }
        });
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
    }

    [Theory]
    [InlineData(0x80000000)]
    [InlineData(0xffffffff)]
    [InlineData(101u)]
    [InlineData(2u)] // two are promised, one comes
    public async Task A_number_of_questions_that_nobody_could_answer_ends_the_login(uint count)
    {
        var error = await FailLoginAsync(new ScriptedInteraction("x", "y"), async server =>
        {
            await server.ReadLoginAsync();
            await server.SendAsync(Failure("keyboard-interactive"));
            await server.ReadLoginAsync();
            await server.SendAsync(Message(MessageNumber.UserAuthInfoRequest, (ref SshWriter w) =>
            {
                w.WriteString("");
                w.WriteString("");
                w.WriteString("");
                w.WriteUInt32(count);
                w.WriteString("one? ");
                w.WriteBoolean(false);
            }));
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task Questions_cannot_drive_the_terminal_nor_pass_for_those_of_others()
    {
        var user = new ScriptedInteraction("answer");
        await FailLoginAsync(user, async server =>
        {
            await server.ReadLoginAsync();
            await server.SendAsync(Failure("keyboard-interactive"));
            await server.ReadLoginAsync();
            await server.SendAsync(Questions(Escapes, Escapes, ($"Enter passphrase for key:{Escapes}", true)));
            await server.ExpectAsync(MessageNumber.UserAuthInfoResponse);
            await server.DisposeAsync();
        });
        var prompt = Assert.Single(user.Prompts);
        Assert.DoesNotContain(prompt.Text, char.IsControl);
        Assert.StartsWith("(me@hostile) ", prompt.Text, StringComparison.Ordinal);
        Assert.All(user.Messages, text => Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n'));
    }

    [Fact]
    public async Task A_list_of_methods_beyond_any_sense_is_shown_short_and_safely()
    {
        var methods = string.Join(',', Enumerable.Repeat(Escapes, 1000));
        var error = await FailLoginAsync(new ScriptedInteraction(), async server =>
        {
            await server.ReadLoginAsync();
            await server.SendAsync(Failure(methods));
        });
        Assert.Equal(SshError.AuthenticationFailed, error.Error);
        Assert.InRange(error.Message.Length, 1, 1000);
    }

    [Fact]
    public async Task A_disconnect_with_hostile_text_is_shown_short_and_safely()
    {
        foreach (var step in new[] { Step.SendKexInit, Step.Reply, Step.Service, Step.Login, Step.Open, Step.Data })
        {
            var error = await Victim.FailAsync(step, server => server.SendAsync(Build(
                (ref w) =>
                {
                    w.WriteByte(MessageNumber.Disconnect);
                    w.WriteUInt32(0xffffffff);
                    w.WriteString(string.Concat(Enumerable.Repeat(Escapes, 5000)));
                    w.WriteString("");
                },
                256 * 1024)));
            Assert.Equal(SshError.Disconnected, error.Error);
            Assert.InRange(error.Message.Length, 30, 2000);
        }
    }

    [Fact]
    public async Task A_service_that_was_not_asked_for_ends_the_login()
    {
        var error = await Victim.FailAsync(Step.Service, async server =>
        {
            await server.ExpectAsync(MessageNumber.ServiceRequest);
            await server.SendAsync([MessageNumber.UserAuthFailure, 0, 0, 0, 0, 0]);
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task A_login_that_is_not_answered_ends()
    {
        await using var server = await OpenAsync();
        await using var other = await OpenAsync();
        foreach (var (silent, until) in new[] { (server, Step.Service), (other, Step.Login) })
        {
            var client = Victim.LogInAsync(silent, answerTimeout: TimeSpan.FromSeconds(1));
            await silent.ServeAsync(until);
            var draining = silent.DrainAsync();
            for (var i = 0; !client.IsCompleted && i < 1000; i++)
            {
                // What is no answer does not count.
                await silent.SendAsync(i % 2 == 0 ? Banner("wait") : [MessageNumber.Ignore, 0, 0, 0, 0]);
                await Task.WhenAny(client, Task.Delay(20, TestContext.Current.CancellationToken));
            }

            var error = Victim.MustBeClear(await Assert.ThrowsAsync<SshException>(() => client));
            Assert.Equal(SshError.ConnectionTimeout, error.Error);
            await draining;
        }
    }

    private static Task<SshException> FailLoginAsync(IUserInteraction user, Func<ScriptedServer, Task> misbehave) =>
        Victim.FailAsync(Step.Login, misbehave, user: user);

    private static byte[] LargeBanner(string text) => Build(
        (ref w) =>
        {
            w.WriteByte(MessageNumber.UserAuthBanner);
            w.WriteString(text);
            w.WriteString("");
        },
        PacketRoom);

    private const int PacketRoom = 512 * 1024;
}
