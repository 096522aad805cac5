using SshMux.Engine.Tests.Transport;
using SshMux.Engine.Transport.Algorithms;
using SshMux.Engine.Wire;
using static SshMux.Engine.Tests.Transport.ScriptedServer;
using static SshMux.Engine.Tests.Transport.TransportFixture;

namespace SshMux.Engine.Tests.Hostile;

/// <summary>
/// Key exchanges that go wrong in ways that the tests of the exchange itself (KeyExchangeTests,
/// SshTransportRekeyTests) do not have.
/// </summary>
public class HostileKeyExchangeTests
{
    /// <summary>A packet of SSH_MSG_IGNORE without keys that the server has not sent, and does not count.</summary>
    private static readonly byte[] InjectedIgnore = [0, 0, 0, 12, 6, MessageNumber.Ignore, .. new byte[10]];

    [Theory]
    [InlineData("empty")]
    [InlineData("commas")]
    [InlineData("escapes")]
    [InlineData("huge")]
    public async Task Lists_of_algorithms_in_which_nothing_fits_are_shown_safely_and_short(string kind)
    {
        var error = await Victim.FailAsync(Step.SendKexInit, server =>
        {
            server.AlterLists = lists => [.. lists.Select(_ => kind switch
            {
                "empty" => Array.Empty<string>(),
                "commas" => [.. Enumerable.Repeat("", 20_000)],
                "escapes" => ["\u001b[2J\u0007", "\u202e\r\n"],
                _ => [.. Enumerable.Range(0, 1800).Select(i => $"unknown-{i}@x")],
            })];
            return Task.CompletedTask;
        });
        Assert.Equal(SshError.NoCommonAlgorithm, error.Error);
        Assert.InRange(error.Message.Length, 1, 2500);
    }

    [Fact]
    public async Task Lists_with_very_many_unknown_names_are_searched_all_the_same()
    {
        await Victim.SurviveAsync(Step.SendKexInit, server =>
        {
            server.AlterLists = lists =>
                [.. lists.Select(list => Enumerable.Repeat("x", 10_000).Concat(list).ToArray())];
            return Task.CompletedTask;
        });
    }

    /// <summary>A list's length that goes past the message, a message that ends early, and one that goes on.</summary>
    [Fact]
    public async Task A_kexinit_with_a_wrong_length_is_refused()
    {
        byte[] head = [MessageNumber.KexInit, .. new byte[16]];
        foreach (var message in new byte[][]
        {
            [MessageNumber.KexInit],
            head,
            [.. head, 0xff, 0xff, 0xff, 0xff],
            [.. head, 0x7f, 0xff, 0xff, 0xff, 1],
            [.. head, .. new byte[40], 0, 0, 0, 0, 0, 1],
            [.. head, 0, 0, 0, 2, 0xc3, 0x28, .. new byte[41]],
        })
        {
            var error = await Victim.FailAsync(Step.SendKexInit, server => server.SendAsync(message));
            Assert.Equal(SshError.ProtocolError, error.Error);
        }
    }

    [Fact]
    public async Task A_right_guess_counts()
    {
        await Victim.SurviveAsync(
            Step.SendKexInit,
            _ => Task.CompletedTask,
            await OpenAsync(firstPacketFollows: true, keyExchange: SshAlgorithms.KeyExchange[0]));
    }

    /// <summary>The server says that it has guessed, wrongly, and sends no guess: its answer is passed over.</summary>
    [Fact]
    public async Task A_guess_that_does_not_follow_ends_the_connection()
    {
        var error = await Victim.FailAsync(
            Step.SendKexInit,
            _ => Task.CompletedTask,
            await OpenAsync(firstPacketFollows: true, keyExchange: "ecdh-sha2-nistp384"));
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Fact]
    public async Task New_keys_twice_or_too_long_or_too_early_end_the_connection()
    {
        foreach (var (before, message) in new (Step, byte[])[]
        {
            (Step.ReadNewKeys, [MessageNumber.NewKeys]),
            (Step.Service, [MessageNumber.NewKeys]),
            (Step.SendNewKeys, [MessageNumber.NewKeys, 0]),
            (Step.Reply, [MessageNumber.NewKeys]),
            (Step.SendKexInit, [MessageNumber.NewKeys]),
        })
        {
            var error = await Victim.FailAsync(before, server => server.SendAsync(message));
            Assert.Equal(SshError.ProtocolError, error.Error);
        }
    }

    /// <summary>The Terrapin attack's first half: a packet before NEWKEYS shifts the numbers after it.</summary>
    [Theory]
    [InlineData(Step.SendKexInit)]
    [InlineData(Step.Reply)]
    [InlineData(Step.SendNewKeys)]
    public async Task A_packet_injected_before_new_keys_ends_a_strict_connection(Step before)
    {
        foreach (byte number in new[] { MessageNumber.Ignore, MessageNumber.Debug, MessageNumber.Unimplemented })
        {
            var error = await Victim.FailAsync(before, server => server.SendAsync([number, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
            Assert.Equal(SshError.ProtocolError, error.Error);
        }
    }

    /// <summary>
    /// The whole of it: one packet injected before NEWKEYS and the first one after it left out, so that the numbers fit
    /// again. Without the strict key exchange too, these ciphers notice.
    /// </summary>
    [Theory]
    [InlineData("aes256-ctr", true)]
    [InlineData("aes256-ctr", false)]
    [InlineData("aes256-gcm@openssh.com", true)]
    [InlineData("aes256-gcm@openssh.com", false)]
    [InlineData("chacha20-poly1305@openssh.com", true)]
    public async Task Terrapin_is_noticed(string cipher, bool strict)
    {
        var error = await Victim.FailAsync(
            Step.SendNewKeys,
            async server =>
            {
                await server.WriteAsync(InjectedIgnore);
                await server.ServeAsync(Step.Service);
                server.EncodePacket([MessageNumber.ExtInfo, 0, 0, 0, 0]);
            },
            await OpenAsync(strict, cipher));
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    /// <summary>
    /// Without the strict exchange this cipher has nothing to notice it by, in no implementation; that is what the
    /// strict one is for. What is lost is the server's first message.
    /// </summary>
    [Fact]
    public async Task Terrapin_is_not_noticed_with_chacha20_and_a_server_that_is_not_strict()
    {
        await Victim.SurviveAsync(
            Step.SendNewKeys,
            async server =>
            {
                await server.WriteAsync(InjectedIgnore);
                await server.ServeAsync(Step.Service);
                server.EncodePacket([MessageNumber.ExtInfo, 0, 0, 0, 0]);
            },
            await OpenAsync(strict: false, cipher: "chacha20-poly1305@openssh.com"));
    }

    [Fact]
    public async Task Numbers_that_go_on_after_new_keys_end_a_strict_connection()
    {
        var error = await Victim.FailAsync(Step.SendNewKeys, server =>
        {
            server.ResetsNumbers = false;
            return Task.CompletedTask;
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    [Theory]
    [InlineData(Step.SendKexInit)]
    [InlineData(Step.Reply)]
    [InlineData(Step.SendNewKeys)]
    public async Task Extensions_before_new_keys_are_refused(Step before)
    {
        foreach (var strict in new[] { true, false })
        {
            var error = await Victim.FailAsync(
                before, server => server.SendAsync([MessageNumber.ExtInfo, 0, 0, 0, 0]), await OpenAsync(strict));
            Assert.Equal(SshError.ProtocolError, error.Error);
        }
    }

    /// <summary>RFC 8308 names two places for them: after the first NEWKEYS, and before the end of the login.</summary>
    [Fact]
    public async Task Extensions_are_taken_before_the_end_of_the_login_and_only_so_often()
    {
        await Victim.SurviveAsync(Step.Service, SendAsync);
        await Victim.SurviveAsync(Step.Login, SendAsync);
        foreach (var step in new[] { Step.Open, Step.Data })
        {
            var late = await Victim.FailAsync(step, SendAsync);
            Assert.Contains("too late", late.Message, StringComparison.Ordinal);
        }

        var error = await Victim.FailAsync(Step.Login, async server =>
        {
            while (true) await SendAsync(server);
        });
        Assert.Contains("too often", error.Message, StringComparison.Ordinal);

        static Task SendAsync(ScriptedServer server) => server.SendAsync(Extension("server-sig-algs", "ssh-ed25519"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_storm_of_rekeys_is_weathered(bool strict)
    {
        await Victim.SurviveAsync(
            Step.Data,
            async server =>
            {
                for (var i = 0; i < 100; i++) await server.ExchangeKeysAsync();
            },
            await OpenAsync(strict));
    }

    [Fact]
    public async Task A_rekey_before_the_login_is_done_all_the_same()
    {
        await Victim.SurviveAsync(Step.Login, async server =>
        {
            await server.ReadLoginAsync();
            await server.ExchangeKeysAsync();
            await server.SendAsync([MessageNumber.UserAuthSuccess]);
            server.Skip();
        });
    }

    [Fact]
    public async Task A_rekey_to_another_host_key_ends_the_connection()
    {
        await using var other = await OpenAsync();
        var error = await Victim.FailAsync(Step.Data, async server =>
        {
            await server.SendKexInitAsync();
            await server.ReadKexInitAsync();
            server.UseHostKeyOf(other);
            await server.AnswerKeyExchangeAsync();
        });
        Assert.Equal(SshError.HostKeyChanged, error.Error);
    }

    /// <summary>A second KEXINIT instead of the answer, and an answer that comes twice.</summary>
    [Fact]
    public async Task Steps_of_a_rekey_that_come_twice_end_the_connection()
    {
        var error = await Victim.FailAsync(Step.Data, async server =>
        {
            await server.SendKexInitAsync();
            await server.SendKexInitAsync();
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
        error = await Victim.FailAsync(Step.Data, async server =>
        {
            await server.SendKexInitAsync();
            await server.ReadKexInitAsync();
            await server.AnswerKeyExchangeAsync();
            await server.SendAsync([MessageNumber.KexEcdhReply, .. new byte[12]]);
        });
        Assert.Equal(SshError.ProtocolError, error.Error);
    }

    private static byte[] Extension(string name, string value) => Build((ref w) =>
    {
        w.WriteByte(MessageNumber.ExtInfo);
        w.WriteUInt32(1);
        w.WriteString(name);
        w.WriteString(value);
    });
}
